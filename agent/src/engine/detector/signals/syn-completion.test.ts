import { describe, expect, it } from 'vitest';
import { pictureOf, plus, web } from './picture.contract.ts';
import { synCompletion } from './syn-completion.ts';

const scoreOf = (more: Parameters<typeof plus>[0]): number =>
  synCompletion.judge(pictureOf({ now: plus(more), quiet: web }))!.score;
const flood = {
  packets: 20_000,
  tcpPackets: 20_000,
  tcpSyn: 20_000,
  outPackets: 20_000,
  outTcpSynAck: 20_000,
};

describe('connection requests', () => {
  it('that nothing follows are a sign, also where every one is answered with a cookie', () => {
    expect(scoreOf(flood)).toBe(1);
  });

  it('are one before anything is known of quiet times', () => {
    expect(synCompletion.judge(pictureOf({ now: flood }))!.score).toBe(1);
  });

  it('that are completed and then carry nothing are one', () => {
    expect(scoreOf({ ...flood, packets: 40_000, tcpPackets: 40_000, tcpAck: 20_000 })).toBeGreaterThan(0.5);
  });

  it('of a crowd are none: each is followed by as much as always', () => {
    const crowd = plus(web, 20, {});
    expect(scoreOf(crowd)).toBe(0);
  });

  it('that a full backlog leaves unanswered are one', () => {
    const more = { packets: 30_000, tcpPackets: 30_000, tcpSyn: 10_000, tcpAck: 20_000, outTcpSynAck: 500 };
    expect(scoreOf({ ...more, outPackets: 20_000, tcpAck: 50_000, packets: 60_000 })).toBeGreaterThan(0.3);
    expect(scoreOf({ ...more, tcpAck: 50_000, tcpSyn: 30_000, packets: 80_000 })).toBeGreaterThan(0.9);
  });

  it('that are few of what came are none, whatever becomes of them', () => {
    expect(scoreOf({ packets: 20_000, udpPackets: 20_000, tcpSyn: 500, tcpPackets: 500 })).toBe(0);
  });

  it('say with what they were compared', () => {
    const { reason, usual } = synCompletion.judge(pictureOf({ now: plus(flood), quiet: web }))!;
    expect(usual).toBeCloseTo(860 / 60, 5);
    expect(reason()).toBe(
      'connection requests are 100 % of the excess; each is followed by 0.00 acknowledgements, usually by 14, and one in 1.00 is answered',
    );
  });
});
