import { describe, expect, it } from 'vitest';
import { buildUdp, compileMatch, parsePacket } from '../packet/index.ts';
import { payloadSignatures } from './payload-signature.ts';
import { Draws, host, situation, times } from './situation.contract.ts';
import { readSamples, trafficOf } from './traffic.ts';
import type { Traffic } from './traffic.ts';

const traffic = (payloads: readonly Uint8Array[]): Traffic => {
  const packets = payloads.map((payload) =>
    buildUdp({ source: '198.51.100.1', destination: host, sourcePort: 1000, destinationPort: 2000, payload }),
  );
  return trafficOf(readSamples(situation({ now: packets }).window.recentSamples), 1);
};
const nothing = trafficOf([], 1);
const after = (draws: Draws, head: readonly number[], count = 100): Uint8Array[] =>
  times(count, () => Uint8Array.from([...head, ...draws.bytes(40)]));

describe('bytes that an attack has in common', () => {
  it('are found where they are', () => {
    const draws = new Draws(1);
    const payloads = times(100, () =>
      Uint8Array.from([...draws.bytes(3), 1, 2, 3, 4, 5, ...draws.bytes(30)]),
    );
    const [first] = payloadSignatures(traffic(payloads), nothing);
    expect(first).toEqual({ offset: 3, bytes: '0102030405' });
  });

  it('may leave bytes out between them', () => {
    const draws = new Draws(2);
    const payloads = times(100, () =>
      Uint8Array.from([9, 8, ...draws.bytes(1), 7, 6, 5, ...draws.bytes(30)]),
    );
    expect(payloadSignatures(traffic(payloads), nothing)[0]).toEqual({
      offset: 0,
      bytes: '090800070605',
      mask: 'ffff00ffffff',
    });
  });

  it('may be single bits, as those of a header', () => {
    const draws = new Draws(3);
    const payloads = times(100, () =>
      Uint8Array.from([0xc0 | draws.integer(0, 15), 0, 0, 0, 1, ...draws.bytes(30)]),
    );
    expect(payloadSignatures(traffic(payloads), nothing)[0]).toEqual({
      offset: 0,
      bytes: 'c000000001',
      mask: 'f0ffffffff',
    });
  });

  it('are at most sixteen', () => {
    const draws = new Draws(4);
    for (const { bytes } of payloadSignatures(
      traffic(
        after(
          draws,
          times(40, (index) => index),
        ),
      ),
      nothing,
    ))
      expect(bytes).toHaveLength(32);
  });

  it('are those first that quiet traffic does not have', () => {
    const draws = new Draws(5);
    const protocol = times(16, () => 0xaa);
    const attack = traffic(
      times(100, () => Uint8Array.from([...protocol, 1, 2, 3, 4, 5, 6, ...draws.bytes(30)])),
    );
    const quiet = traffic(after(draws, protocol));
    expect(payloadSignatures(attack, quiet)[0]!.bytes).toContain('010203040506');
  });

  it('are found also where legitimate packets cannot be told apart before', () => {
    const draws = new Draws(6);
    const both = traffic([...after(draws, [7, 7, 7, 7, 7], 70), ...times(30, () => draws.bytes(45))]);
    // As the excess of one cell is: the same part of each packet.
    const attack = { ...both, excess: 0.6 * both.weight };
    const quiet = { ...traffic(times(100, () => draws.bytes(45))), scale: 0.3 };
    const [first] = payloadSignatures(attack, quiet);
    expect(first).toEqual({ offset: 0, bytes: '0707070707' });
  });

  it('are none in noise, in too few bytes, and in nothing', () => {
    const draws = new Draws(7);
    expect(payloadSignatures(traffic(times(100, () => draws.bytes(60))), nothing)).toEqual([]);
    expect(payloadSignatures(traffic(after(draws, [1, 2])), nothing)).toEqual([]);
    expect(payloadSignatures(traffic(times(50, () => new Uint8Array(0))), nothing)).toEqual([]);
    expect(payloadSignatures(nothing, nothing)).toEqual([]);
  });

  it('make a rule that hits the attack', () => {
    const draws = new Draws(8);
    const attack = traffic(after(draws, [0xde, 0xad, 0xbe, 0xef]));
    const [payload] = payloadSignatures(attack, nothing);
    const hits = compileMatch({ destination: `${host}/32`, protocol: 17, payload: payload! });
    expect(attack.seen.every(({ packet }) => hits(parsePacket(packet.data)!))).toBe(true);
  });
});
