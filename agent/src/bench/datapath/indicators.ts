/** A million addresses and a hundred thousand prefixes, and senders that are among them, beside them, or anywhere. */
import { buildIndicatorSet, IndicatorEntries, openIndicatorSet, type IndicatorSet } from '@tidegate/schemas';
import { SeededRandom } from '../../engine/generator/random.ts';
import type { AddressList } from '../../testkit/mix/index.ts';

const addresses = { ipv4: 800_000, ipv6: 200_000 };
const prefixes = { ipv4: 80_000, ipv6: 20_000 };

export interface Indicators {
  /** The file, with a feed that counts. */
  readonly bytes: Uint8Array;
  /** The same entries in a feed that drops. */
  readonly dropBytes: Uint8Array;
  /** The addresses. */
  readonly matching: AddressList;
  /** An address near each of them that no entry holds: the dearest of those that are not in the set. */
  readonly nonMatching: AddressList;
}

/** Addresses are of 1.0.0.0 to 223.255.255.255, and of 2^20 networks of 32 bits in 2000::/3. */
export function makeIndicators(seed: string): Indicators {
  const random = new SeededRandom(`indicators ${seed}`);
  const entries = new IndicatorEntries();
  const matching = drawAddresses(random);
  eachAddress(matching, (address, family) => {
    entries.addBytes(address, family === 4 ? 32 : 128);
  });
  for (let count = 0; count < prefixes.ipv4; count++)
    addPrefix(entries, drawIpv4(random), 96, random.integer(16, 31));
  for (let count = 0; count < prefixes.ipv6; count++)
    addPrefix(entries, drawIpv6(random), 0, random.integer(33, 120));
  const build = (action: 'count' | 'drop'): Uint8Array =>
    buildIndicatorSet([{ name: 'million', action, entries }], { builtAt: '2026-01-01T00:00:00Z' });
  const bytes = build('count');
  const nonMatching = neighbours(matching, openIndicatorSet(bytes));
  return { bytes, dropBytes: build('drop'), matching, nonMatching };
}

function drawAddresses(random: SeededRandom): AddressList {
  const bytes = new Uint8Array((addresses.ipv4 + addresses.ipv6) * 16);
  for (let index = 0; index < bytes.length / 16; index++)
    bytes.set(index < addresses.ipv4 ? drawIpv4(random) : drawIpv6(random), index * 16);
  return { bytes, ...addresses };
}

function drawIpv4(random: SeededRandom): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes.fill(0xff, 10, 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(12, random.uint32());
  bytes[12] = random.integer(1, 223);
  return bytes;
}

function drawIpv6(random: SeededRandom): Uint8Array {
  const view = new DataView(new ArrayBuffer(16));
  view.setUint32(0, 0x2000_0000 + random.integer(0, 2 ** 20 - 1) * 512);
  for (const word of [4, 8, 12]) view.setUint32(word, random.uint32());
  return new Uint8Array(view.buffer);
}

/** @param before Bits in front of the family's own: 96 for IPv4. */
function addPrefix(entries: IndicatorEntries, address: Uint8Array, before: number, length: number): void {
  const network = address.map((byte, index) => {
    const kept = Math.min(8, Math.max(0, before + length - index * 8));
    return byte & (0xff00 >> kept);
  });
  entries.addBytes(network, length);
}

function eachAddress(
  { bytes, ipv4 }: AddressList,
  visit: (address: Uint8Array, family: 4 | 6) => void,
): void {
  for (let index = 0; index < bytes.length / 16; index++)
    visit(bytes.subarray(index * 16, index * 16 + 16), index < ipv4 ? 4 : 6);
}

/** For each address the first one after it that is not in the set; where there is none in its last byte, none. */
function neighbours(list: AddressList, set: IndicatorSet): AddressList {
  const found: Uint8Array[] = [];
  let ipv4 = 0;
  eachAddress(list, (address, family) => {
    const next = address.slice();
    for (let step = 1; step < 256; step++) {
      next[15] = (address[15]! + step) & 0xff;
      if (set.verdictOf(next) !== 'none') continue;
      found.push(next);
      if (family === 4) ipv4++;
      return;
    }
  });
  const bytes = new Uint8Array(found.length * 16);
  for (const [index, address] of found.entries()) bytes.set(address, index * 16);
  return { bytes, ipv4, ipv6: found.length - ipv4 };
}
