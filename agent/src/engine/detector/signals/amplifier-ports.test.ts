import { describe, expect, it } from 'vitest';
import { amplifierPorts } from './amplifier-ports.ts';
import { pictureOf, plus, web } from './picture.contract.ts';

const scoreOf = (more: Parameters<typeof plus>[0]): number =>
  amplifierPorts.judge(pictureOf({ now: plus(more), quiet: web }))!.score;
const udp = { packets: 20_000, udpPackets: 20_000, bytes: 20_000 * 400 };
const dns = (bytes: number) => ({
  ...{ ...udp, udpAmplifierPackets: 20_000, udpDnsPackets: 20_000 },
  udpDnsBytes: 20_000 * bytes,
});

describe('packets from the ports of amplifiers', () => {
  it('are a sign, of DNS when they are long', () => {
    expect(scoreOf({ ...udp, udpAmplifierPackets: 20_000 })).toBe(1);
    expect(scoreOf(dns(1200))).toBe(1);
    expect(scoreOf(dns(180))).toBe(0);
  });

  it('are none where they were asked for', () => {
    expect(scoreOf({ ...dns(1200), outPackets: 20_000 })).toBe(0);
  });

  it('are one beside a resolver, whose answers are short', () => {
    const resolver = { packets: 3000, udpPackets: 3000, outPackets: 2900, udpAmplifierPackets: 2800 };
    const quiet = { ...resolver, udpDnsPackets: 2800, udpDnsBytes: 2800 * 150 };
    const ntp = plus({ ...udp, udpAmplifierPackets: 20_000 }, 1, quiet);
    expect(amplifierPorts.judge(pictureOf({ now: ntp, quiet }))!.score).toBe(1);
    expect(amplifierPorts.judge(pictureOf({ now: plus(udp, 1, quiet), quiet }))!.score).toBe(0);
  });

  it('may be questions where nobody knows what is usual and what is answered, if they are short', () => {
    const now = { ...udp, udpAmplifierPackets: 20_000, udpAmplifierBytes: 20_000 * 76 };
    expect(amplifierPorts.judge(pictureOf({ now }))!.score).toBe(0);
    const long = { ...now, udpAmplifierBytes: 20_000 * 468 };
    expect(amplifierPorts.judge(pictureOf({ now: long }))!.score).toBe(1);
  });

  it('are none where they are a small part', () => {
    expect(scoreOf({ ...udp, udpAmplifierPackets: 1000 })).toBe(0);
  });
});
