import { describe, expect, it } from 'vitest';
import { yamlLimits } from './limits.ts';
import { readYaml } from './read.ts';

const valuesOf = (text: string): unknown[] => {
  const { documents, problem } = readYaml(text);
  expect(problem).toBeNull();
  expect(documents.flatMap(({ problems }) => problems)).toEqual([]);
  return documents.map(({ value }) => value);
};
const problemsOf = (text: string) => {
  const { documents, problem } = readYaml(text);
  return [...documents.flatMap(({ problems }) => problems), ...(problem === null ? [] : [problem])];
};

describe('readYaml', () => {
  it('reads YAML 1.2 and not 1.1: yes is a text, 0o17 is octal, 017 is not', () => {
    expect(valuesOf('[yes, no, on, ~, null, true, 017, 0o17, 0x1f, 1e3, 1_000, 12:30]')).toEqual([
      ['yes', 'no', 'on', null, null, true, 17, 15, 31, 1000, '1_000', '12:30'],
    ]);
  });

  it('reads keys as text, whatever they look like', () => {
    expect(valuesOf('1: a\ntrue: b\nnull: c\n')).toEqual([{ '1': 'a', true: 'b', null: 'c' }]);
  });

  it('writes aliases out, each as a value of its own', () => {
    expect(valuesOf('a: &x { b: 1 }\nc: *x\nd: [*x, *x]\n')).toEqual([
      { a: { b: 1 }, c: { b: 1 }, d: [{ b: 1 }, { b: 1 }] },
    ]);
  });

  it('keeps __proto__ a key like any other', () => {
    const [value] = valuesOf('__proto__: { polluted: true }\n') as [object];
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('knows where keys and values are written', () => {
    const [document] = readYaml('a:\n  "b/c": 1\n  d: [x,\n    y]\n').documents;
    expect(document?.positionOf('/a', 'key')).toEqual({ line: 1, column: 1 });
    expect(document?.positionOf('/a/b~1c', 'key')).toEqual({ line: 2, column: 3 });
    expect(document?.positionOf('/a/b~1c', 'value')).toEqual({ line: 2, column: 10 });
    expect(document?.positionOf('/a/d/1', 'value')).toEqual({ line: 4, column: 5 });
    // What is missing is missing from the key that should hold it.
    expect(document?.positionOf('/a/missing', 'value')).toEqual({ line: 1, column: 1 });
  });

  it('counts columns in UTF-16 code units', () => {
    const [document] = readYaml('{ 😀: 1, b: 2 }').documents;
    expect(document?.positionOf('/b', 'key')).toEqual({ line: 1, column: 10 });
  });

  it('keeps the documents before the one that breaks, and gives one problem', () => {
    const { documents, problem } = readYaml('a: 1\n---\nb: [1\n---\nc: }\n');
    expect(documents.map(({ value }) => value)).toEqual([{ a: 1 }]);
    expect(problem).toMatchObject({ code: 'TG1001' });
  });

  it.each([
    ['a duplicate key', 'a: 1\na: 2', 'TG1002', 2],
    ['a duplicate key in two spellings', '{ a: 1, "a": 2 }', 'TG1002', 1],
    ['an anchor that holds itself', 'a: &x [*x]', 'TG1013', 1],
    ['a merge key', 'a: 1\n<<: { b: 2 }', 'TG1013', 2],
    ['a tag', 'a: !secret x', 'TG1013', 1],
    ['a known tag', 'a: !!binary aGVsbG8=', 'TG1013', 1],
    ['another YAML version', '%YAML 1.1\n---\na: 1', 'TG1013', 1],
    ['a list as a key', '? [a]\n: 1', 'TG1001', 1],
    ['a tab as indentation', 'a:\n\tb: 1', 'TG1001', 2],
  ])('refuses %s', (_, text, code, line) => {
    expect(problemsOf(text)).toMatchObject([{ code, position: { line } }]);
  });
});

describe('limits', () => {
  it.each([
    ['a file that is too large', `# ${'x'.repeat(yamlLimits.fileBytesMax)}`],
    ['a file that is too large in bytes', `# ${'ä'.repeat(yamlLimits.fileBytesMax / 2)}`],
    ['too many documents', '---\na: 1\n'.repeat(yamlLimits.documentsMax + 1)],
    ['too many tokens', `[${','.repeat(1_000_000)}]`],
    ['lists that nest without end', '['.repeat(500_000)],
    ['maps that nest without end', '{a: '.repeat(100_000)],
    ['list items that nest in one line', `${'- '.repeat(400_000)}a`],
    ['keys that nest in one line', `${'? '.repeat(400_000)}a`],
    [
      'indentation without end',
      Array.from({ length: 1400 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
    ],
  ])('%s is one problem, soon', (_, text) => {
    expect(problemsOf(text)).toMatchObject([{ code: 'TG1012' }]);
  });

  it('a billion laughs are one problem', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level < 9; level++) {
      lines.push(
        `a${level}: &a${level} [${Array<string>(10)
          .fill(`*a${level - 1}`)
          .join(', ')}]`,
      );
    }
    expect(problemsOf(lines.join('\n'))).toMatchObject([{ code: 'TG1012' }]);
  });

  it('a file just inside its limits is read', () => {
    expect(valuesOf('---\na: 1\n'.repeat(yamlLimits.documentsMax))).toHaveLength(yamlLimits.documentsMax);
    const nested = '['.repeat(yamlLimits.nestingMax) + ']'.repeat(yamlLimits.nestingMax);
    expect(valuesOf(nested)).toHaveLength(1);
    const wide = `[${Array<string>(20_000).fill('1').join(',')}]`;
    expect(valuesOf(wide)[0]).toHaveLength(20_000);
    const deep = Array.from({ length: yamlLimits.indentMax }, (_, depth) => `${' '.repeat(depth)}a:`).join(
      '\n',
    );
    expect(valuesOf(deep)).toHaveLength(1);
  });
});
