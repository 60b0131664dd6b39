import { describe, expect, it } from 'vitest';
import { Pulses } from './pulses.ts';

/** `#` a tick of 100 ms above the limit, `.` one below; what each tick said. */
function told(pattern: string): (number | null)[] {
  const pulses = new Pulses();
  return Array.from(pattern, (tick, index) => pulses.look('203.0.113.10', tick === '#', index * 1e8));
}
const counts = (pattern: string): number[] => told(pattern).filter((count) => count !== null);

describe('pulses', () => {
  it('are a wave from the third burst on, and each further one is told once', () => {
    expect(counts('#####.....#####.....#####.....#####.....')).toEqual([3, 4]);
  });

  it('are no wave where a steady flood flickers around its limit', () => {
    expect(counts('#####.####..#####.###.#####.####.#####.######')).toEqual([]);
  });

  it('need bursts that last', () => {
    expect(counts('#.....#.....#.....#.....#.....')).toEqual([]);
  });

  it('begin anew once the incident is over', () => {
    const pulses = new Pulses();
    const run = (fromNs: number) =>
      Array.from('####....####....', (tick, index) => pulses.look('a', tick === '#', fromNs + index * 1e8));
    run(0);
    pulses.forget('a');
    expect(run(1e10).filter((count) => count !== null)).toEqual([]);
  });
});
