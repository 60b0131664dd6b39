/**
 * FlowSpec rules by chance, taken by a real gobgpd and compared in the table of a real BIRD: what the validator lets
 * through arrives as it was written, and no rule ends the session. TIDEGATE_TEST_FULL=1: 2,600 rules.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeNlri, flowspecProblems, gobgpCommand, readBirdFlow } from '@tidegate/schemas/flowspec';
import type { FlowspecMatch, FlowspecRule } from '@tidegate/schemas/flowspec';
import { flowspecRules } from '@tidegate/schemas/flowspec/testkit';
import { startBgpPair, type BgpPair } from './index.ts';
import { until } from '../until.ts';

const count = process.env['TIDEGATE_TEST_FULL'] === '1' ? 2600 : 300;
const seed = Number(process.env['TIDEGATE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
/** The tool has no words for the others. */
const sayable: ReadonlySet<string> = new Set(['discard', 'limit', 'mark', 'redirect']);
const idOf = (match: FlowspecMatch): string =>
  `${match.family} ${Buffer.from(encodeNlri(match)).toString('hex')}`;

let pair: BgpPair;
beforeAll(async () => {
  pair = await startBgpPair();
});
afterAll(async () => {
  await pair.stop();
});

test(`rules by chance arrive as they were written (seed ${seed})`, { timeout: 300_000 }, async () => {
  const rules = fc
    .sample(flowspecRules, { numRuns: count, seed })
    .flatMap(({ match, actions }): FlowspecRule[] => {
      const said = actions.filter(({ type }) => sayable.has(type));
      const rule = { match, actions: said };
      return said.length > 0 && flowspecProblems(rule).length === 0 ? [rule] : [];
    });
  const wanted = new Map(rules.map((rule) => [idOf(rule.match), rule]));
  const commands = rules.map(gobgpCommand);
  for (let at = 0; at < commands.length; at += 50) pair.gobgp(commands.slice(at, at + 50));
  await until(() => pair.flows().length >= wanted.size || pair.complaints().length > 0);
  expect(pair.complaints()).toEqual([]);
  expect(pair.sessions()).toBe(1);
  const readings = pair.flows().map(readBirdFlow);
  const read = readings.flatMap((reading) => (reading.ok ? [idOf(reading.match)] : []));
  const unread = readings.flatMap((reading) => (reading.ok ? [] : [reading.reason]));
  // BIRD cuts long ones off where it prints them; of those only the number is compared.
  expect(unread.filter((reason) => !reason.includes('cut it off'))).toEqual([]);
  expect(read.filter((id) => !wanted.has(id))).toEqual([]);
  expect(read.length + unread.length).toBe(wanted.size);
  console.log(
    `flowspec: ${wanted.size} rules in BIRD's table, ${read.length} of them read back equal, the others cut off in print; seed ${seed}`,
  );
});

test('a rule as long as rules may be arrives, and ends no session', async () => {
  const before = pair.flows().length;
  const ports = [7, 9, ...Array.from({ length: 76 }, (_, index) => 1000 + 2 * index)];
  const destinationPorts = ports.map((port) => ({ from: port, to: port }));
  const match = { family: 4, destination: '203.0.113.0/24', destinationPorts } as const;
  const rule = { match, actions: [{ type: 'discard' }] } as const;
  expect(encodeNlri(match)).toHaveLength(238);
  expect(flowspecProblems(rule)).toEqual([]);
  const longer = [...destinationPorts.slice(1), { from: 2000, to: 2000 }];
  expect(encodeNlri({ ...match, destinationPorts: longer })).toHaveLength(239);
  expect(flowspecProblems({ ...rule, match: { ...match, destinationPorts: longer } })).toHaveLength(1);
  pair.gobgp([gobgpCommand(rule)]);
  await until(() => pair.flows().length > before || pair.complaints().length > 0);
  expect(pair.complaints()).toEqual([]);
  expect(pair.sessions()).toBe(1);
});
