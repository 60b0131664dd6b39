/** Runs the YAML parser over a text with bounds that it does not have itself: tokens, depth, documents. */
import { Composer, CST, Lexer, Parser, type Document } from 'yaml';
import { yamlLimits } from './limits.ts';

/** A bound was exceeded at an offset; the text is not read any further. */
export interface Excess {
  readonly offset: number;
  readonly message: string;
}

const options = {
  version: '1.2',
  schema: 'core',
  merge: false,
  resolveKnownTags: false,
  // Compares every key with every other; the reader of the tree does it in one pass.
  uniqueKeys: false,
  stringKeys: true,
  prettyErrors: false,
} as const;

/** Yields each document; an excess, where there is one, comes last. */
export function* compose(text: string): Generator<Document.Parsed | Excess> {
  const composer = new Composer(options);
  const excess: Excess[] = [];
  let documents = 0;
  for (const token of boundedTokens(text, excess)) {
    for (const document of composer.next(token)) {
      yield ++documents > yamlLimits.documentsMax ? tooManyDocuments(document) : document;
      if (documents > yamlLimits.documentsMax) return;
    }
  }
  // What was composed of a text that is cut off says nothing about the text.
  if (excess[0] !== undefined) {
    yield excess[0];
    return;
  }
  for (const document of composer.end()) {
    yield ++documents > yamlLimits.documentsMax ? tooManyDocuments(document) : document;
  }
}

/** The tokens of a text up to the first bound that it exceeds, which is added to the list. */
function* boundedTokens(text: string, excess: Excess[]): Generator<CST.Token> {
  const parser = new Parser();
  const depth = new DepthWatch();
  let [offset, tokens] = [0, 0];
  for (const lexeme of new Lexer().lex(text)) {
    const message = depth.see(lexeme) ?? (++tokens > yamlLimits.tokensMax ? tooManyTokens : null);
    if (message !== null) {
      excess.push({ offset, message });
      return;
    }
    yield* parser.next(lexeme);
    offset += isMarker(lexeme) ? 0 : lexeme.length;
  }
  yield* parser.end();
}

const tooManyDocuments = ({ range }: Document): Excess => ({
  offset: range?.[0] ?? 0,
  message: `The file has more than ${yamlLimits.documentsMax} documents.`,
});
const tooManyTokens = `The file has more than ${yamlLimits.tokensMax} YAML tokens.`;

/** Tokens that the lexer makes up: they stand for no character of the text. */
const isMarker = (lexeme: string): boolean =>
  lexeme === CST.DOCUMENT || lexeme === CST.FLOW_END || lexeme === CST.SCALAR;

/** Follows how deep the text nests, from its tokens alone. */
class DepthWatch {
  #flow = 0;
  #indicatorsInLine = 0;
  #atLineStart = true;

  /** A message where the token goes too deep, else null. */
  see(lexeme: string): string | null {
    const type = CST.tokenType(lexeme);
    if (type === 'flow-seq-start' || type === 'flow-map-start') this.#flow++;
    else if (type === 'flow-seq-end' || type === 'flow-map-end') this.#flow = Math.max(0, this.#flow - 1);
    else if (type === 'seq-item-ind' || type === 'explicit-key-ind') this.#indicatorsInLine++;
    const indented = type === 'space' && this.#atLineStart && lexeme.length > yamlLimits.indentMax;
    this.#atLineStart = type === 'newline' || (this.#atLineStart && isMarker(lexeme));
    if (type === 'newline') this.#indicatorsInLine = 0;
    if (indented) return `The line is indented by more than ${yamlLimits.indentMax} spaces.`;
    const nested = Math.max(this.#flow, this.#indicatorsInLine) > yamlLimits.nestingMax;
    return nested ? `Values are nested more than ${yamlLimits.nestingMax} deep.` : null;
  }
}
