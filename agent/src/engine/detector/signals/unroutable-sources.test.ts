import { addressBytes } from '@tidegate/schemas';
import { expect, it } from 'vitest';
import { buildUdp } from '../../packet/index.ts';
import { SeededRandom } from '../../generator/index.ts';
import { many, pictureOf, udp } from './picture.contract.ts';
import { unroutableSources } from './unroutable-sources.ts';

const now = { packets: 20_000, udpPackets: 20_000 };
const judged = (packets: Uint8Array[]) => unroutableSources.judge(pictureOf({ now, packets }));
const random = new SeededRandom('made up');
const anyIpv4 = (): string => Array.from({ length: 4 }, () => random.integer(0, 255)).join('.');
const anyIpv6 = (): string =>
  `${(0x2000 + random.integer(0, 0x1fff)).toString(16)}:${random.integer(1, 0xffff).toString(16)}::1`;
const udp6 = (source: string): Uint8Array =>
  buildUdp({
    ...{ source: addressBytes(source), destination: addressBytes('2001:db8::10') },
    ...{ sourcePort: 4000, destinationPort: 443, payload: new Uint8Array(20) },
  });

it('shows sources that were made up at random', () => {
  expect(judged(many(200, () => udp({ source: anyIpv4() })))!.score).toBe(1);
  expect(judged(many(200, () => udp6(anyIpv6())))!.score).toBe(1);
});

it('takes private and shared addresses, and those that registries gave out, for real ones', () => {
  const real = [
    '10.1.2.3',
    '192.168.1.1',
    '172.20.0.1',
    '100.64.1.1',
    '203.0.113.77',
    '8.8.8.8',
    '223.1.1.1',
  ];
  expect(judged(many(70, (number) => udp({ source: real[number % real.length]! })))!.score).toBe(0);
  const real6 = [
    '2001:db8::1',
    '2003:1::1',
    '240e::1',
    '2607:f8b0::1',
    '2804::1',
    '2a02::1',
    '2c0f::1',
    'fd00::1',
  ];
  expect(judged(many(80, (number) => udp6(real6[number % real6.length]!)))!.score).toBe(0);
});

it('cannot tell from a few samples', () => {
  expect(judged(many(10, () => udp({ source: '240.0.0.1' })))).toBeNull();
});
