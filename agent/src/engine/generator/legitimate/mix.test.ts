import { describe, expect, it } from 'vitest';
import { destinationOf, parsePacket, sourceOf, tcpFlag } from '../../packet/index.ts';
import { SeededRandom } from '../random.ts';
import type { GeneratedPacket, TrafficSource } from '../source.ts';
import { bulkKinds, drawMix, mainKinds, sideKinds } from './mix.ts';

const kinds = [...mainKinds, ...sideKinds, ...bulkKinds];
const targets = ['203.0.113.10', '2001:db8::10'];
const packetsPerSecond = 1500;

/** A second of it, after one in which sessions begin. */
function second(source: TrafficSource): GeneratedPacket[] {
  for (let window = 0; window < 10; window++) source.packets(window * 100e6, (window + 1) * 100e6);
  return Array.from({ length: 10 }, (_, window) =>
    source.packets((window + 10) * 100e6, (window + 11) * 100e6),
  ).flat();
}

const going = (packets: readonly GeneratedPacket[], way: 'in' | 'out') =>
  packets.filter(({ direction = 'in' }) => direction === way);

describe.each(kinds.flatMap((kind) => targets.map((target) => ({ name: kind.name, kind, target }))))(
  '$name to $target',
  ({ name, kind, target }) => {
    const packets = second(kind.source({ target, random: new SeededRandom(name), packetsPerSecond }));

    it('is legitimate, and valid to and from the target', () => {
      const wrong = packets.filter(({ bytes, label, direction }) => {
        const packet = parsePacket(bytes);
        if (packet === null || label !== 'legitimate' || bytes.length > 1500) return true;
        return (
          packet.length !== bytes.length ||
          (direction === 'out' ? sourceOf : destinationOf)(packet) !== target
        );
      });
      expect(wrong).toEqual([]);
    });

    it('comes at about its rate', () => {
      expect(going(packets, 'in').length / packetsPerSecond).toBeGreaterThan(0.75);
      expect(going(packets, 'in').length / packetsPerSecond).toBeLessThan(1.45);
    });
  },
);

describe('a server that answers', () => {
  it.each(['browsers', 'programs', 'shells'])('%s: every request for a connection is granted', (name) => {
    const kind = kinds.find((one) => one.name === name)!;
    const source = kind.source({ target: '203.0.113.10', random: new SeededRandom(name), packetsPerSecond });
    const packets = [...second(source), ...source.packets(2e9, 3e9)];
    const { syn, ack } = tcpFlag;
    const count = (way: 'in' | 'out', flags: number) =>
      going(packets, way).filter(({ bytes }) => parsePacket(bytes)!.tcpFlags === flags).length;
    expect(count('in', syn)).toBeGreaterThan(0);
    expect(Math.abs(count('in', syn) - count('out', syn | ack))).toBeLessThanOrEqual(1);
  });
});

describe('a mix', () => {
  it('has shares that add up, its roles among them', () => {
    for (let draw = 0; draw < 30; draw++) {
      const random = new SeededRandom(`mix ${draw}`);
      const { parts, roles, sources } = drawMix({ target: '203.0.113.10', random, packetsPerSecond });
      expect(sources).toHaveLength(parts.length);
      expect(parts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
      for (const { name } of roles) expect(parts.map((part) => part.name)).toContain(name);
    }
  });
});
