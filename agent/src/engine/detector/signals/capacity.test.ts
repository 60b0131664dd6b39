import { describe, expect, it } from 'vitest';
import { capacity, isBreach } from './capacity.ts';
import { pictureOf, plus, web } from './picture.contract.ts';

const now = plus({ packets: 100_000, bytes: 1e8, udpPackets: 100_000 });
const host = { listenOverflows: 0, synCookiesSent: 0, cardDrops: 0, softirqShare: 0.1 };
const judged = (changes: Partial<typeof host>, linkBitsPerSecond?: number) =>
  capacity.judge(
    pictureOf({
      now,
      quiet: web,
      host: { ...host, ...changes },
      ...(linkBitsPerSecond && { linkBitsPerSecond }),
    }),
  )!;

describe('what can be taken', () => {
  it('is reached where the card drops, a CPU is busy with packets, or the link is full', () => {
    expect(isBreach(judged({ cardDrops: 5000 }).score)).toBe(true);
    expect(isBreach(judged({ softirqShare: 0.97 }).score)).toBe(true);
    expect(isBreach(judged({}, 820e6).score)).toBe(true);
  });

  it('is not by a few drops, or half of the link', () => {
    expect(judged({ cardDrops: 20 }, 2e9).score).toBe(0);
    expect(isBreach(judged({ softirqShare: 0.8 }).score)).toBe(false);
  });

  it('cannot be told where nobody says what it is', () => {
    expect(capacity.judge(pictureOf({ now, quiet: web }))).toBeNull();
  });
});
