import { describe, expect, it } from 'vitest';
import { attackFamily } from '../../../engine/generator/index.ts';
import { attackCapture, benignCapture, isLabelled } from './capture.ts';

const options = { quietMs: 1000, attackMs: 400, attackPacketsPerSecond: 3000 };
const draw = (seed: string) => attackCapture({ ...options, seed, family: attackFamily('udp_flood') });

describe('a capture with an attack', () => {
  it('is 30 % legitimate while the attack lasts, on average', () => {
    let [attack, legitimate] = [0, 0];
    for (let number = 0; number < 12; number++) {
      const { windows, startNs } = draw(`share ${number}`);
      const packets = windows.flatMap((window) => window.packets).filter(({ atNs }) => atNs >= startNs);
      attack += packets.filter(isLabelled('attack')).length;
      legitimate += packets.filter(isLabelled('legitimate')).length;
    }
    const share = legitimate / (attack + legitimate);
    expect(share).toBeGreaterThan(0.24);
    expect(share).toBeLessThan(0.36);
  });

  it('is the same for the same seed', () => {
    const sizes = (seed: string) => draw(seed).windows.map(({ packets }) => packets.length);
    expect(sizes('a')).toEqual(sizes('a'));
    expect(sizes('a')).not.toEqual(sizes('b'));
  });
});

describe('a benign capture', () => {
  it('is legitimate throughout, and surges in most draws', () => {
    const captures = Array.from({ length: 12 }, (_, number) =>
      benignCapture({ seed: `benign ${number}`, quietMs: 1000, surgeMs: 500, packetsPerSecond: 500 }),
    );
    const packets = captures.flatMap(({ windows }) => windows.flatMap((window) => window.packets));
    expect(packets.every(({ label }) => label === 'legitimate')).toBe(true);
    expect(captures.filter(({ surge }) => surge !== 'none').length).toBeGreaterThan(6);
  });
});
