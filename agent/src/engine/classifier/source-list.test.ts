import { describe, expect, it } from 'vitest';
import { buildUdp } from '../packet/index.ts';
import { Draws, host, situation, times } from './situation.contract.ts';
import { sourceList } from './source-list.ts';
import { readSamples, trafficOf } from './traffic.ts';
import type { Traffic } from './traffic.ts';

const from = (sources: readonly string[], destination = host): Traffic => {
  const packets = sources.map((source) =>
    buildUdp({ source, destination, sourcePort: 1, destinationPort: 2 }),
  );
  return trafficOf(readSamples(situation({ now: packets }).window.recentSamples), 1);
};
const each = (sources: readonly string[]): string[] =>
  times(120, (index) => sources[index % sources.length]!);
const machines = (count: number): string[] => times(count, (index) => `198.51.100.${index + 1}`);

describe('a list of sources', () => {
  it('names real ones, up to eight', () => {
    expect(sourceList(from(each(machines(8))), 0.1)).toHaveLength(8);
    expect(sourceList(from(each(['2001:db8:1::1']), '2001:db8::10'), 0)).toEqual(['2001:db8:1::1/128']);
  });

  it('is none for many, for those that may be made up, and for nothing', () => {
    expect(sourceList(from(each(machines(9))), 0.1)).toBeNull();
    expect(sourceList(from(each(machines(2))), 0.4)).toBeNull();
    expect(sourceList(from([]), 0)).toBeNull();
  });

  it('leaves out strays, and is none where they are much of it', () => {
    const draws = new Draws(1);
    const strays = (count: number) => times(count, () => draws.address());
    expect(sourceList(from([...each(machines(2)), ...strays(3)]), 0)).toEqual([
      '198.51.100.1/32',
      '198.51.100.2/32',
    ]);
    expect(sourceList(from([...each(machines(2)), ...strays(30)]), 0)).toBeNull();
  });
});
