/** Runs the YAML parser over a text with bounds that it does not have itself: tokens, depth, documents. */
import { Composer, CST, Lexer, Parser, type Document, type LineCounter } from 'yaml';
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
export function* compose(text: string, lines: LineCounter): Generator<Document.Parsed | Excess> {
  const composer = new Composer(options);
  const parser = new Parser(lines.addNewLine);
  const depth = new DepthWatch();
  lines.addNewLine(0);
  let [offset, tokens, documents] = [0, 0, 0];
  for (const lexeme of new Lexer().lex(text)) {
    const excess = depth.see(lexeme) ?? (++tokens > yamlLimits.tokensMax ? tooManyTokens : null);
    if (excess !== null) return yield { offset, message: excess };
    for (const token of parser.next(lexeme)) {
      for (const document of composer.next(token)) {
        if (++documents > yamlLimits.documentsMax) return yield { offset, message: tooManyDocuments };
        yield document as Document.Parsed;
      }
    }
    offset += isMarker(lexeme) ? 0 : lexeme.length;
  }
  for (const token of parser.end()) {
    for (const document of composer.next(token)) yield document as Document.Parsed;
  }
  for (const document of composer.end()) yield document as Document.Parsed;
}

const tooManyTokens = `The file has more than ${yamlLimits.tokensMax} YAML tokens.`;
const tooManyDocuments = `The file has more than ${yamlLimits.documentsMax} documents.`;

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
