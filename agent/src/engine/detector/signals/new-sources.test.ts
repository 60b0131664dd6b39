import { describe, expect, it } from 'vitest';
import { newSources } from './new-sources.ts';
import { pictureOf, plus, web } from './picture.contract.ts';

const more = (newShare: number) => ({
  ...{ packets: 20_000, udpPackets: 20_000, sourcesSampled: 20_000 },
  sourcesNew: 20_000 * newShare,
});

describe('sources never seen before', () => {
  it('are a sign where nearly all of the excess comes from such', () => {
    expect(newSources.judge(pictureOf({ now: plus(more(1)), quiet: web }))!.score).toBe(1);
    expect(newSources.judge(pictureOf({ now: plus(more(0.3)), quiet: web }))!.score).toBe(0);
  });

  it('are none where they are usual, and now fewer than always', () => {
    const strangers = { ...web, sourcesNew: 600 };
    expect(newSources.judge(pictureOf({ now: plus(more(0), 1, strangers), quiet: strangers }))!.score).toBe(
      0,
    );
  });

  it('are one that crowds show as well', () => {
    expect(newSources.isWeak).toBe(true);
  });

  it('cannot be told where sources are not looked at', () => {
    const { sourcesSampled: _, sourcesNew: __, ...unseen } = plus(more(1));
    expect(newSources.judge(pictureOf({ now: unseen, quiet: web }))).toBeNull();
  });
});
