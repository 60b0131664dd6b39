import { describe, expect, it } from 'vitest';
import { pictureOf, plus, web } from './picture.contract.ts';
import { tcpCompletion } from './tcp-completion.ts';

const scoreOf = (more: Parameters<typeof plus>[0]): number =>
  tcpCompletion.judge(pictureOf({ now: plus(more), quiet: web }))!.score;
const all = (packets: number) => ({ packets, tcpPackets: packets });

describe('TCP without conversations', () => {
  it.each(['tcpRst', 'tcpFin', 'tcpSynAck', 'tcpInvalid'] as const)('is a sign: %s alone', (kind) => {
    expect(scoreOf({ ...all(20_000), [kind]: 20_000 })).toBe(1);
  });

  it('is a sign where the server answers with resets', () => {
    expect(scoreOf({ ...all(20_000), tcpAck: 20_000, outPackets: 18_000, outTcpRst: 18_000 })).toBe(1);
  });

  it('is no crowd, whose connections end as they always do', () => {
    expect(scoreOf(plus(web, 20, {}))).toBe(0);
  });

  it('is no transfer', () => {
    expect(scoreOf({ ...all(40_000), tcpAck: 40_000, outPackets: 4000 })).toBe(0);
  });
});
