import { expect, it } from 'vitest';
import { listenOverflow } from './listen-overflow.ts';
import { pictureOf, plus, web } from './picture.contract.ts';

const host = { listenOverflows: 0, synCookiesSent: 4000, cardDrops: 0, softirqShare: 0 };
const flood = { packets: 20_000, tcpPackets: 20_000, tcpSyn: 20_000 };

it('is a sign beside connection requests, and of nothing else', () => {
  expect(listenOverflow.judge(pictureOf({ now: plus(flood), quiet: web, host }))!.score).toBe(1);
  const udp = { packets: 20_000, udpPackets: 20_000 };
  expect(listenOverflow.judge(pictureOf({ now: plus(udp), quiet: web, host }))!.score).toBe(0);
  const calm = { ...host, synCookiesSent: 0 };
  expect(listenOverflow.judge(pictureOf({ now: plus(flood), quiet: web, host: calm }))!.score).toBe(0);
});

it('cannot be told where the host is not looked at', () => {
  expect(listenOverflow.judge(pictureOf({ now: plus(flood), quiet: web }))).toBeNull();
});
