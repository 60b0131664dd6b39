import { describe, expect, it } from 'vitest';
import { browsing, clientOf, many, pictureOf, plus, udp, web } from './picture.contract.ts';
import { sourceEntropy } from './source-entropy.ts';

const flood = plus({ packets: 20_000, udpPackets: 20_000, bytes: 20_000 * 60 });
const judged = (packets: Uint8Array[], quietPackets = browsing()) =>
  sourceEntropy.judge(pictureOf({ now: flood, quiet: web, packets, quietPackets }));

describe('networks of the sources', () => {
  it('that never came before are a sign', () => {
    const made = many(60, (number) => udp({ source: `${11 + number}.${(number * 91) % 256}.3.4` }));
    expect(judged(made)!.score).toBe(1);
  });

  it('of known clients are none', () => {
    expect(judged(many(60, (number) => udp({ source: clientOf(number) })))!.score).toBe(0);
  });

  it('are a sign where one source sends it all in small packets', () => {
    expect(judged(many(60, (number) => udp({ source: clientOf(1), sourcePort: 1024 + number })))!.score).toBe(
      1,
    );
  });

  it('cannot be told from a few samples, now or before', () => {
    expect(judged(browsing(10))).toBeNull();
    expect(judged(browsing(), browsing(10))).toBeNull();
  });
});
