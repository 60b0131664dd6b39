/**
 * Strict YAML (1.2, core schema): plain values with their places, and nothing surprising.
 *
 * Promises: never throws, whatever the text; work and memory are bounded (see limits); keys are unique strings; tags,
 * merge keys and other YAML versions are refused; a file that breaks off gives one problem, at the place where it broke.
 */
import { isScalar, visit, type Document } from 'yaml';
import { utf8 } from '../encoding/bytes.ts';
import type { ErrorCode } from '../errors/catalogue.ts';
import { compose } from './compose.ts';
import { convert, type Offsets } from './convert.ts';
import type { Position, YamlDocument, YamlFile, YamlProblem } from './document.ts';
import { yamlLimits } from './limits.ts';
import { Lines } from './lines.ts';

export function readYaml(text: string): YamlFile {
  if (text.length > yamlLimits.fileBytesMax || utf8(text).length > yamlLimits.fileBytesMax) {
    const message = `The file is larger than ${yamlLimits.fileBytesMax} bytes.`;
    return { documents: [], problem: fileProblem('TG1012', { line: 1, column: 1 }, message) };
  }
  // Without the byte order mark, which no editor counts as a column.
  const plain = text.replace(/^\ufeff/, '');
  const lines = new Lines(plain);
  const documents: YamlDocument[] = [];
  for (const part of compose(plain)) {
    if (!('contents' in part)) {
      return { documents, problem: fileProblem('TG1012', lines.positionAt(part.offset), part.message) };
    }
    const problem = syntaxProblem(part, lines);
    if (problem !== null) return { documents, problem };
    if (!isEmpty(part)) documents.push(readDocument(part, lines));
  }
  return { documents, problem: null };
}

/** Between two `---` there may be nothing but comments. */
const isEmpty = ({ contents }: Document.Parsed): boolean =>
  contents === null || (isScalar(contents) && contents.source === '');

function readDocument(document: Document.Parsed, lines: Lines): YamlDocument {
  const { value, offsets, problems } = convert(document);
  return {
    value,
    problems: problems.map(({ offset, ...problem }) => ({ ...problem, position: lines.positionAt(offset) })),
    positionOf: (path, part) => lines.positionAt(offsetOf(offsets, path, part)),
  };
}

function offsetOf(offsets: Offsets, path: string, part: 'key' | 'value'): number {
  for (let nearest = path; ; nearest = nearest.slice(0, nearest.lastIndexOf('/'))) {
    const found = offsets.get(nearest);
    // Of a parent, the key is the place to look at: its value may begin lines further down.
    if (found !== undefined)
      return part === 'key' || nearest !== path ? (found.key ?? found.value) : found.value;
    if (nearest === '') return 0;
  }
}

/** The parser's error, as far as it is used. */
interface SyntaxError {
  readonly code: string;
  readonly message: string;
  readonly pos: readonly [number, number];
}

/** The first thing that is wrong; what follows it in a broken document is mostly its echo. */
function syntaxProblem(document: Document.Parsed, lines: Lines): YamlProblem | null {
  const [error] = document.errors;
  if (error !== undefined)
    return fileProblem('TG1001', lines.positionAt(placeOf(error, document)), sentence(error));
  const { yaml } = document.directives;
  if (yaml.explicit === true && yaml.version !== '1.2') {
    return fileProblem(
      'TG1013',
      { line: 1, column: 1 },
      `YAML ${yaml.version} is not accepted; remove the %YAML line.`,
    );
  }
  return null;
}

const unclosedQuote = /^Missing closing .quote/;

/** Where to look: an unclosed quote is noticed at the end of the file, but it is wrong where it begins. */
function placeOf(error: SyntaxError, document: Document.Parsed): number {
  let [offset] = error.pos;
  if (!unclosedQuote.test(error.message)) return offset;
  visit(document, {
    Scalar(_, { range, type }) {
      const isQuoted = type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE';
      if (isQuoted && range && range[1] >= error.pos[0]) offset = range[0];
    },
  });
  return offset;
}

function sentence({ code, message }: SyntaxError): string {
  if (code === 'TAB_AS_INDENT') return 'A tab is used as indentation; YAML takes spaces only.';
  if (unclosedQuote.test(message)) return 'A quote is not closed.';
  if (code === 'NON_STRING_KEY') return 'A key is not plain text.';
  return `Broken YAML: ${message.replace(/\.$/, '')}.`;
}

const fileProblem = (code: ErrorCode, position: Position, message: string): YamlProblem => ({
  code,
  path: '',
  position,
  message,
  suggestion: null,
});
