/**
 * What the whole agent makes of a capture: its engine, from readings to rules, without a learned baseline. The floor of
 * its policy lies between what is usual and the attack.
 */
import type { Bundle } from '@tidegate/schemas';
import { readSnapshot } from '../../../engine/playbook/index.ts';
import { Simulation, bundle } from '../../../engine/simulation.contract.ts';
import type { GeneratedWindow } from '../../../engine/generator/index.ts';
import type { AttackAnswer } from '../../../engine/types.ts';
import type { Script } from './capture.ts';
import { scoreOfRules } from './score.ts';
import type { Score } from './score.ts';

/** What is counted: the attack, and as much before it. */
const countedBeforeNs = 1e9;

const policyOf = (floorPacketsPerSecond: number): Bundle => ({
  ...bundle,
  thresholds: [
    {
      ...{ name: 'default', targets: [], holdMs: 0, releaseRatio: 0.5 },
      ...{ floorPacketsPerSecond, floorBitsPerSecond: null },
    },
  ],
  playbooks: [
    {
      ...{ name: 'floods', families: ['*'], confidence: 0.8, releaseAfterMs: 2000 },
      steps: [
        { action: 'drop', via: 'auto', ttlMs: 60_000, mode: 'enforce' },
        // For what must not be dropped whole, such as trailing fragments beside those of users.
        {
          ...{ action: 'drop', via: 'auto', ttlMs: 60_000, mode: 'enforce' },
          limit: { unit: 'packets', perSecond: 1000 },
        },
        { action: 'synproxy', via: 'xdp', ttlMs: 60_000, mode: 'enforce' },
      ],
    },
  ],
});

export function scoreByEngine(seed: string, script: Script, floorPacketsPerSecond: number): Score {
  const simulation = new Simulation(seed, policyOf(floorPacketsPerSecond));
  const counted: Pick<GeneratedWindow, 'packets'>[] = [];
  for (const { reading, packets } of script.play()) {
    if (reading.atNs > script.startNs - countedBeforeNs) counted.push({ packets });
    simulation.tick(reading);
  }
  const opened = simulation.audit.flatMap(({ kind, body }) =>
    kind === 'incident.opened' || kind === 'incident.updated' ? [body] : [],
  );
  const names = opened.flatMap(({ family, vectors = [] }) => [family, ...vectors.map((one) => one.family)]);
  const installed = simulation.installed.map(({ rule }) => rule);
  const incidents = readSnapshot(simulation.engine.snapshot())?.incidents ?? [];
  const mitigations = incidents.flatMap((incident) => incident.mitigations);
  const ruled = mitigations
    .filter(({ action, limit }) => action === 'drop' && limit === undefined)
    .map(({ family }) => family);
  const [first] = simulation.installed;
  return scoreOfRules(seed, script, {
    by: 'agent',
    names: names.filter((name) => name !== 'unclassified'),
    rules: installed.filter(({ verdict }) => verdict === 'drop').map(({ match }) => match),
    ruled,
    held: mitigations
      .filter(({ family, limit }) => limit !== undefined && ruled.includes(family))
      .map(({ match }) => match),
    answer: answerOf(first?.rule.verdict),
    afterMs: first === undefined ? Infinity : (first.atNs - script.startNs) / 1e6,
    attacks: [],
    windows: counted,
  });
}

function answerOf(verdict: 'drop' | 'count' | 'limit' | 'synproxy' | undefined): AttackAnswer {
  if (verdict === undefined || verdict === 'count') return 'none';
  return verdict === 'drop' ? 'rule' : verdict;
}
