/** Minutes of a node, drawn from seeds: what is counted, sampled and learned of them. */
import { digestOf } from '@tidegate/schemas';
import { describe, expect, it } from 'vitest';
import { countPacket, parsePacket } from '../../packet/index.ts';
import { counter, counterNames } from '../../types.ts';
import type { Reading } from '../../types.ts';
import { attackFamilies } from '../attacks/index.ts';
import { Weeks } from './index.ts';
import type { WeeksOptions } from './index.ts';

const of = (counts: Float64Array, name: keyof typeof counter): number => counts[counter[name]]!;

/** A node with one attack in its first minutes, and no days to learn from. */
const nodeOf = (seed: string, options: Partial<WeeksOptions> = {}): Weeks =>
  new Weeks({ seed, learningDays: 0, testDays: 0.003, pulses: 1, ramps: 0, ...options });

function* windows(weeks: Weeks, count: number): Generator<Reading> {
  for (let window = 0; window < count; window++) yield weeks.next();
}

const windowsOfTest = 2600;

const print = ({ atNs, targets, samples, host }: Reading): string =>
  [
    atNs,
    ...targets.map(({ target, counts }) => `${target} ${counts.join()}`),
    ...samples.map((one) => `${one.target} ${one.atNs} ${one.rate} ${one.length} ${one.data.join('')}`),
    JSON.stringify(host),
  ].join('\n');

describe('weeks of a node', () => {
  it('are the same for the same seed, and others for another', () => {
    const digest = (seed: string): string => digestOf([...windows(nodeOf(seed), 300)].map(print).join('\n'));
    const first = digest('a');
    expect(digest('a')).toBe(first);
    expect(digest('b')).not.toBe(first);
  });

  it('count every packet once, in whole numbers, attacks included', () => {
    const weeks = nodeOf('whole');
    let wrong = 0;
    for (const { targets } of windows(weeks, windowsOfTest)) {
      for (const { counts } of targets) {
        const classes = of(counts, 'tcpPackets') + of(counts, 'udpPackets') + of(counts, 'icmpPackets');
        if (classes + of(counts, 'otherPackets') !== of(counts, 'packets')) wrong += 1;
        if (of(counts, 'sourcesNew') > of(counts, 'sourcesSampled')) wrong += 1;
        if (!counts.every((count) => Number.isInteger(count) && count >= 0)) wrong += 1;
      }
    }
    expect(weeks.facts).toHaveLength(1);
    expect(wrong).toBe(0);
  });

  it('sample an attack as it was counted, and say by labels what it is', () => {
    const weeks = nodeOf('samples', { families: attackFamilies.filter(({ name }) => name === 'syn_flood') });
    let [counted, estimated, sampledSyns] = [0, 0, 0];
    for (const { targets, samples } of windows(weeks, windowsOfTest)) {
      const attacks = samples.filter(({ label }) => label === 'attack');
      if (attacks.length === 0) continue;
      counted += targets.reduce((sum, { counts }) => sum + of(counts, 'tcpSyn'), 0);
      const row = new Float64Array(counterNames.length);
      for (const { data } of attacks) countPacket(row, parsePacket(data)!);
      sampledSyns += of(row, 'tcpSyn') - attacks.length;
      estimated += attacks.reduce((sum, { rate }) => sum + rate, 0);
    }
    expect(weeks.facts.length).toBeGreaterThan(0);
    expect(sampledSyns).toBe(0);
    expect(Math.abs(estimated / counted - 1)).toBeLessThan(0.1);
  });

  it('give one who learns whole seconds what one who sees each window sees', () => {
    const quiet = { pulses: 0, learningDays: 1 };
    const [byWindow, bySecond] = [nodeOf('seconds', quiet), nodeOf('seconds', quiet)];
    const seconds = 900;
    const sums = { packets: [0, 0], bytes: [0, 0], peaks: [0, 0] };
    for (let second = 0; second < seconds; second++) {
      let peak = 0;
      for (let window = 0; window < 10; window++) {
        byWindow.next();
        const { counts } = byWindow.targets[0]!;
        sums.packets[0]! += of(counts, 'packets');
        sums.bytes[0]! += of(counts, 'bytes');
        peak = Math.max(peak, of(counts, 'packets') * 10);
      }
      sums.peaks[0]! += peak;
      bySecond.nextSecond();
      const { counts, peakPacketsPerSecond } = bySecond.targets[0]!;
      sums.packets[1]! += of(counts, 'packets');
      sums.bytes[1]! += of(counts, 'bytes');
      sums.peaks[1]! += peakPacketsPerSecond;
    }
    for (const [one, other] of Object.values(sums) as [number, number][])
      expect(Math.abs(one / other - 1)).toBeLessThan(0.15);
  });

  it('tell apart who never came before: a made-up crowd is all new, a botnet until it was learned', () => {
    const shareOfNew = (family: string, isLearning: boolean): number => {
      const weeks = nodeOf(`new ${family}`, {
        families: attackFamilies.filter(({ name }) => name === family),
      });
      weeks.isLearningSources = isLearning;
      let [fresh, all] = [0, 0];
      for (const { samples, targets } of windows(weeks, windowsOfTest)) {
        if (!samples.some(({ label }) => label === 'attack')) continue;
        for (const { counts } of targets) {
          fresh += of(counts, 'sourcesNew');
          all += of(counts, 'sourcesSampled');
        }
      }
      return fresh / all;
    };
    expect(shareOfNew('ntp_amplification', true)).toBeLessThan(shareOfNew('ntp_amplification', false));
  });
});
