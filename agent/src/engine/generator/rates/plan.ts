/** What happens in the weeks of one node, drawn from the seed, and told to nobody but the judge. */
import type { AttackFamily } from '../attacks/index.ts';
import type { PlannedAssault } from './assault.ts';
import { planBenign } from './benign.ts';
import type { BenignEvent, BenignOptions } from './benign.ts';
import type { Chance } from './chance.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** Between two attacks. */
const gapMs = 10 * minuteMs;
const rampMs = 25 * minuteMs;
const pulseMs = { from: 1000, to: 240_000 };
const pulsePacketsPerSecond = { from: 5000, to: 500_000 };
/** At the end of its 25 minutes. */
const rampPacketsPerSecond = { from: 30_000, to: 200_000 };

export interface WeeksPlan {
  readonly learningDays: number;
  readonly testDays: number;
  readonly benign: readonly BenignEvent[];
  /** In the order of their beginnings; none overlaps another. */
  readonly assaults: readonly PlannedAssault[];
}

export interface PlanOptions extends BenignOptions {
  readonly pulses: number;
  readonly ramps: number;
  readonly families: readonly AttackFamily[];
}

export const planWeeks = (options: PlanOptions): WeeksPlan => ({
  learningDays: options.learningDays,
  testDays: options.testDays,
  benign: planBenign(options),
  assaults: planAssaults(options),
});

/** One attack in each of as many equal parts of the test, somewhere in it; every family before one comes again. */
function planAssaults(options: PlanOptions): PlannedAssault[] {
  const { chance, targets, families, learningDays, testDays, pulses, ramps } = options;
  const partMs = (testDays * dayMs) / (pulses + ramps);
  const kinds = shuffled(
    [...new Array<boolean>(ramps).fill(true), ...new Array<boolean>(pulses).fill(false)],
    chance,
  );
  const deck: AttackFamily[] = [];
  return kinds.map((isRamp, index) => {
    if (deck.length === 0) deck.push(...shuffled(families, chance));
    const family = deck.pop()!;
    const { target } = chance.pick(family.isIpv4Only === true ? ipv4Only(targets) : targets);
    const durationMs = isRamp ? rampMs : Math.round(chance.logUniform(pulseMs.from, pulseMs.to));
    const { from, to } = isRamp ? rampPacketsPerSecond : pulsePacketsPerSecond;
    const room = Math.max(0, partMs - gapMs - durationMs);
    const startMs = Math.round(learningDays * dayMs + index * partMs + chance.uniform(0, room));
    const packetsPerSecond = chance.logUniform(from, to);
    return { family: family.name, target, startMs, endMs: startMs + durationMs, packetsPerSecond, isRamp };
  });
}

/** A node without IPv4 cannot be reached by what the world knows over IPv4 only; it is then sent to IPv6. */
function ipv4Only(targets: PlanOptions['targets']): PlanOptions['targets'] {
  const [first, ...others] = targets.filter(({ target }) => !target.includes(':'));
  return first === undefined ? targets : [first, ...others];
}

function shuffled<Item>(items: readonly Item[], chance: Chance): Item[] {
  const left = [...items];
  const result: Item[] = [];
  while (left.length > 0) result.push(...left.splice(chance.integer(0, left.length - 1), 1));
  return result;
}
