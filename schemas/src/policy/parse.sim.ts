import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { samplePolicy } from '../testkit/policy-sample.ts';
import { checkPolicy } from './check.ts';
import { parsePolicy } from './parse.ts';

describe('parsePolicy, on texts that nobody would write', () => {
  it('never throws, and every finding has a place in its file', () => {
    const snippet = fc.constantFrom(
      'kind: ',
      'spec:',
      '\n',
      '  ',
      '- ',
      '? ',
      ': ',
      '{',
      '}',
      '[',
      ']',
      '&a ',
      '*a',
      '!!str ',
      '|',
      '>',
      '"',
      "'",
      '#',
      '---\n',
      '...\n',
      '\t',
      '%YAML 1.1\n',
      '<<',
      'NodeGroup',
      'Threshold',
      '20kpps',
      '~',
      'metadata',
      'drop',
      '__proto__',
      'constructor',
      '\u0000',
      '\ud800',
      '\u2028',
      '0x1F',
      '.nan',
      '1e999',
      'apiVersion: tidegate/v1\n',
    );
    const mutated = fc
      .tuple(fc.nat(samplePolicy.length), fc.nat(20), fc.array(snippet, { maxLength: 6 }))
      .map(
        ([at, length, pieces]) =>
          samplePolicy.slice(0, at) + pieces.join('') + samplePolicy.slice(at + length),
      );
    fc.assert(
      fc.property(
        fc.oneof(
          mutated,
          fc.array(snippet, { maxLength: 40 }).map((pieces) => pieces.join('')),
        ),
        (text) => {
          const lines = text.split('\n');
          const { documents, findings: own } = parsePolicy([{ path: 'policy/game.yaml', text }]);
          const findings = [...own, ...checkPolicy(documents)];
          // What cannot be compiled is said to be wrong.
          expect(findings.length > 0 || documents.every(({ valid }) => valid)).toBe(true);
          for (const { line, column, message, file } of findings) {
            expect(file).toBe('policy/game.yaml');
            expect(line).toBeLessThanOrEqual(lines.length);
            expect(column).toBeLessThanOrEqual((lines[line - 1] ?? '').length + 1);
            expect(message.length).toBeLessThan(600);
          }
        },
      ),
      { numRuns: process.env['TIDEGATE_TEST_FULL'] === '1' ? 10_000 : 2000 },
    );
  });
});
