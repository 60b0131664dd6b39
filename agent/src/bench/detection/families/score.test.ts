import { describe, expect, it } from 'vitest';
import type { GeneratedPacket } from '../../../engine/generator/index.ts';
import { buildTcp, buildUdp, tcpFlag } from '../../../engine/packet/index.ts';
import type { Script } from './capture.ts';
import { scoreOfRules } from './score.ts';
import type { Found } from './score.ts';

const target = '203.0.113.10';
const ends = { source: '192.0.2.1', destination: target, sourcePort: 5000, destinationPort: 80 };
const udp = buildUdp(ends);
const syn = buildTcp({ ...ends, flags: tcpFlag.syn });

const script = (family: string | null, parameters = {}): Script => ({
  target,
  attack:
    family === null
      ? null
      : { family, parameters, spoofed: false, packetsPerSecond: { from: 1, to: 1 }, packets: () => [] },
  mix: { parts: [], roles: [{ name: 'none', source: () => ({ packets: () => [] }) }], sources: [] },
  startNs: 0,
  surge: null,
  play: function* () {
    // Nothing is played: the packets are given.
  },
});

const packet = (bytes: Uint8Array, own: Partial<GeneratedPacket> = {}): GeneratedPacket => ({
  ...{ target, atNs: 0, bytes, label: 'attack' },
  ...own,
});

const found = (names: string[], packets: GeneratedPacket[], own: Partial<Found> = {}): Found => ({
  ...{ by: 'classifier', names, answer: 'rule', afterMs: 50, attacks: [], ruled: names },
  rules: [{ destination: `${target}/32`, protocol: 17 }],
  windows: [{ packets }],
  ...own,
});

const score = (one: Script, two: Found) => scoreOfRules('test', one, two);

describe('rules', () => {
  it('are judged by the label of every packet that comes in', () => {
    const packets = [
      packet(udp),
      packet(udp),
      packet(syn),
      packet(udp, { label: 'legitimate' }),
      packet(syn, { label: 'legitimate' }),
      packet(udp, { label: 'legitimate', direction: 'out' }),
    ];
    const { coverage, collateral } = score(script('udp_flood'), found(['udp_flood'], packets));
    expect(coverage).toBeCloseTo(2 / 3);
    expect(collateral).toBe(0.5);
  });

  it('of several floods are judged by those that they are for', () => {
    const packets = [packet(udp, { vector: 'udp_flood' }), packet(syn, { vector: 'syn_flood' })];
    const several = script('multi_vector', { vectors: [{ family: 'udp_flood' }, { family: 'syn_flood' }] });
    const names = ['multi_vector', 'udp_flood', 'syn_flood'];
    const coverage = (ruled: string[]) => score(several, found(names, packets, { ruled })).coverage;
    expect(coverage(['udp_flood'])).toBe(1);
    expect(coverage(['udp_flood', 'syn_flood'])).toBe(0.5);
  });

  it('that are not there cover nothing and hit nobody', () => {
    const none = found(['udp_flood'], [packet(udp)], { rules: [], answer: 'limit' });
    expect(score(script('udp_flood'), none)).toMatchObject({ coverage: null, collateral: null });
  });
});

describe('a name', () => {
  const isRight = (one: Script, names: string[]) => score(one, found(names, [])).isRight;

  it('is right when it is the only one', () => {
    expect(isRight(script('udp_flood'), ['udp_flood'])).toBe(true);
    expect(isRight(script('udp_flood'), [])).toBe(false);
    expect(isRight(script('udp_flood'), ['udp_flood', 'syn_flood'])).toBe(false);
  });

  it('is always wrong for legitimate traffic', () => {
    expect(isRight(script(null), [])).toBe(true);
    expect(isRight(script(null), ['udp_flood'])).toBe(false);
  });

  it('of several floods leaves out the small ones, and adds none', () => {
    const vectors = ['udp_flood', 'syn_flood', 'gre_flood'].map((family) => ({ family }));
    const several = script('multi_vector', { vectors });
    expect(isRight(several, ['multi_vector', 'udp_flood'])).toBe(true);
    expect(isRight(several, ['udp_flood', 'gre_flood'])).toBe(true);
    expect(isRight(several, ['udp_flood'])).toBe(false);
    expect(isRight(several, ['multi_vector', 'icmp_flood'])).toBe(false);
  });

  it('of a prefix must say so, of pulses need not', () => {
    expect(isRight(script('carpet_bombing', { vector: 'udp_flood' }), ['udp_flood'])).toBe(false);
    expect(isRight(script('carpet_bombing', { vector: 'udp_flood' }), ['carpet_bombing', 'udp_flood'])).toBe(
      true,
    );
    expect(isRight(script('pulse_wave', { vector: 'udp_flood' }), ['udp_flood'])).toBe(true);
  });
});
