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

  it('are none where they are a small part', () => {
    expect(scoreOf({ ...udp, udpAmplifierPackets: 1000 })).toBe(0);
  });
});
