import { describe, expect, it } from 'vitest';
import { clientOf, many, pictureOf, plus, udp, web } from './picture.contract.ts';
import { unanswered } from './unanswered.ts';

const flood = { packets: 20_000, udpPackets: 20_000, bytes: 20_000 * 60 };

describe('what comes', () => {
  it('and is not answered is a sign; refusals are no answers', () => {
    const refused = { ...flood, outPackets: 1000, outIcmpUnreachable: 1000 };
    for (const more of [flood, refused])
      expect(unanswered.judge(pictureOf({ now: plus(more), quiet: web }))!.score).toBe(1);
  });

  it('and is answered is none, though less than usual', () => {
    const more = { ...flood, outPackets: 6000 };
    expect(unanswered.judge(pictureOf({ now: plus(more), quiet: web }))!.score).toBe(0);
  });

  it('is answered as usual where another class that is less than usual has taken its answers along', () => {
    const quiet = { ...plus(web), udpPackets: 1000, tcpPackets: 4000, packets: 5000, outPackets: 7000 };
    const resolving = { ...quiet, udpPackets: 4000, tcpPackets: 2000, packets: 6000 };
    const score = (outPackets: number) =>
      unanswered.judge(pictureOf({ now: { ...resolving, outPackets }, quiet }))!.score;
    expect(score(2800 + 4000)).toBe(0);
    expect(score(2800 + 1000)).toBe(1);
  });

  it('cannot be told of where nobody counts what goes out, nor of a target that never answers', () => {
    const { outPackets: _, outTcpSynAck: __, ...oneWay } = web;
    expect(unanswered.judge(pictureOf({ now: plus(flood, 1, oneWay), quiet: oneWay }))).toBeNull();
    const collector = { packets: 5000, udpPackets: 5000, outPackets: 10 };
    expect(unanswered.judge(pictureOf({ now: plus(flood, 1, collector), quiet: collector }))).toBeNull();
  });

  it('in one flow of large packets may be a throughput test', () => {
    const test = { packets: 40_000, udpPackets: 40_000, bytes: 40_000 * 1476 };
    const packets = many(60, () => udp({ payloadBytes: 1448, destinationPort: 5201 }));
    expect(unanswered.judge(pictureOf({ now: plus(test), quiet: web, packets }))).toBeNull();
    const spread = many(60, (number) => udp({ source: clientOf(number), payloadBytes: 1448 }));
    expect(unanswered.judge(pictureOf({ now: plus(test), quiet: web, packets: spread }))!.score).toBe(1);
  });
});
