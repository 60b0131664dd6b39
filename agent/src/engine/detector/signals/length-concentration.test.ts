import { describe, expect, it } from 'vitest';
import { lengthConcentration } from './length-concentration.ts';
import { browsing, clientOf, many, pictureOf, plus, tcp, udp, web } from './picture.contract.ts';

const flood = plus({ packets: 20_000, udpPackets: 20_000, bytes: 20_000 * 540 });
const quietPackets = browsing();
const judged = (packets: Uint8Array[], now = flood) =>
  lengthConcentration.judge(pictureOf({ now, quiet: web, packets, quietPackets }));
const oneLength = many(80, (number) => udp({ source: clientOf(number), payloadBytes: 512 }));

describe('packets of one length', () => {
  it('are a sign', () => {
    expect(judged(oneLength)!.score).toBe(1);
  });

  it('and of many lengths are none', () => {
    const any = many(80, (number) => udp({ source: clientOf(number), payloadBytes: (number * 97) % 1400 }));
    expect(judged(any)!.score).toBe(0);
  });

  it('are none where quiet traffic has that length', () => {
    expect(judged(many(80, (number) => tcp({ source: clientOf(number) })))!.score).toBeLessThan(0.5);
  });

  it('are none in a few flows of large packets, and none as full segments', () => {
    const download = many(80, () => udp({ payloadBytes: 1252 }));
    expect(judged(download, plus({ packets: 20_000, udpPackets: 20_000, bytes: 20_000 * 1280 }))!.score).toBe(
      0,
    );
    const uploads = many(80, (number) => tcp({ source: clientOf(number), payloadBytes: 1400 }));
    expect(judged(uploads)!.score).toBe(0);
  });

  it('speak for themselves where nothing is known, if they are all the same', () => {
    const unknown = pictureOf({ now: flood, packets: oneLength });
    expect(lengthConcentration.judge(unknown)!.score).toBeGreaterThan(0.5);
    expect(lengthConcentration.judge(pictureOf({ now: flood, packets: browsing() }))!.score).toBe(0);
  });
});
