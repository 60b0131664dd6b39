import { describe, expect, it } from 'vitest';
import { browsing, clientOf, many, pictureOf, plus, udp, web } from './picture.contract.ts';
import { portConcentration } from './port-concentration.ts';

const flood = { packets: 20_000, udpPackets: 20_000, bytes: 20_000 * 300 };
const judged = (packets: Uint8Array[], now = plus(flood)) =>
  portConcentration.judge(pictureOf({ now, quiet: web, packets, quietPackets: browsing() }));
const reflected = many(80, (number) =>
  udp({ source: clientOf(number), sourcePort: 19_302, destinationPort: 5000 + number * 7 }),
);

describe('ports', () => {
  it('are a sign where many senders have the same source port, or a few', () => {
    expect(judged(reflected)!.score).toBe(1);
    const services = [80, 443, 22];
    const some = many(80, (number) =>
      udp({
        source: clientOf(number),
        sourcePort: services[number % 3]!,
        destinationPort: 5000 + number * 7,
      }),
    );
    expect(judged(some)!.score).toBe(1);
  });

  it('are none where these are answers that were asked for', () => {
    expect(judged(reflected, plus({ ...flood, outPackets: 20_000 }))!.score).toBe(0);
  });

  it('are a sign where every packet has a destination port of its own', () => {
    const any = many(80, (number) =>
      udp({ source: clientOf(number), sourcePort: 2000 + number * 31, destinationPort: 1024 + number * 401 }),
    );
    expect(judged(any)!.score).toBe(1);
  });

  it('of clients of one service are none, also of a new one', () => {
    const launch = many(80, (number) =>
      udp({ source: clientOf(number), sourcePort: 2000 + number * 31, destinationPort: 7777 }),
    );
    expect(judged(launch)!.score).toBe(0);
  });
});
