/**
 * Addresses and prefixes as plain numbers, 8 bytes for an IPv4 entry and 20 for an IPv6 entry: a million of them make
 * no work for the garbage collector.
 */
import { readAddressBytes, isMapped } from '../net/address.ts';
import { readCidr } from '../net/cidr.ts';
import { quote } from '../encoding/quote.ts';
import { floatColumn, wordColumn } from './column.ts';

const slash = 0x2f;
const dot = 0x2e;
const zero = 0x30;

/** Words of one IPv6 entry: the address in network order, and the length. */
const v6EntryWords = 5;

export class IndicatorEntries {
  /** address × 256 + length: 40 bits, which a double holds exactly. */
  readonly #v4 = floatColumn();
  readonly #v6 = wordColumn();

  /** Entries so far, repeated ones included. */
  get size(): number {
    return this.v4Count + this.v6Count;
  }

  get v4Count(): number {
    return this.#v4.length;
  }

  get v6Count(): number {
    return this.#v6.length / v6EntryWords;
  }

  /**
   * Adds an address or a prefix. An IPv4-mapped address is IPv4, as everywhere.
   *
   * @returns null, or what is wrong with a text that is neither; nothing is added then.
   */
  addText(text: string): string | null {
    if (this.#addDotted(text)) return null;
    if (text.includes('/')) {
      const reading = readCidr(text);
      if (!reading.ok) return reading.message;
      this.addBytes(reading.value.bytes, reading.value.length);
      return null;
    }
    const bytes = readAddressBytes(text);
    if (bytes === null) return `${quote(text)} is not an IPv4 or IPv6 address or prefix.`;
    this.addBytes(bytes, isMapped(bytes) ? 32 : 128);
    return null;
  }

  /** Adds a prefix by its first address, 16 bytes, and its length in its own family. */
  addBytes(bytes: Uint8Array, length: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
    if (isMapped(bytes)) this.addV4(view.getUint32(12), length);
    else this.addV6(view.getUint32(0), view.getUint32(4), view.getUint32(8), view.getUint32(12), length);
  }

  /** Adds an IPv4 prefix; host bits must be clear. */
  addV4(address: number, length: number): void {
    this.#v4.push(address * 256 + length);
  }

  /** Adds an IPv6 prefix, given as four words in network order; host bits must be clear. */
  addV6(a: number, b: number, c: number, d: number, length: number): void {
    this.#v6.push(a);
    this.#v6.push(b);
    this.#v6.push(c);
    this.#v6.push(d);
    this.#v6.push(length);
  }

  /** Every IPv4 entry, in the order in which they came. */
  eachV4(visit: (address: number, length: number) => void): void {
    for (const entry of this.#v4.values()) visit(Math.floor(entry / 256), entry % 256);
  }

  /** Every IPv6 entry, in the order in which they came: four words in network order, and the length. */
  eachV6(visit: (a: number, b: number, c: number, d: number, length: number) => void): void {
    const words = this.#v6.values();
    for (let at = 0; at < words.length; at += v6EntryWords) {
      visit(words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!, words[at + 4]!);
    }
  }

  /**
   * Dotted decimal with or without a length, which nearly every line of every feed is: read here without making an
   * array for it. Anything the strict readers might say more about is left to them.
   */
  #addDotted(text: string): boolean {
    let address = 0;
    let at = 0;
    for (let part = 0; part < 4; part++) {
      if (part > 0 && text.charCodeAt(at++) !== dot) return false;
      const start = at;
      let value = 0;
      for (; at < start + 3; at++) {
        const digit = text.charCodeAt(at) - zero;
        if (!(digit >= 0 && digit <= 9)) break;
        value = value * 10 + digit;
      }
      if (at === start || value > 255 || (at > start + 1 && text.charCodeAt(start) === zero)) return false;
      address = address * 256 + value;
    }
    const length = at === text.length ? 32 : lengthAt(text, at);
    if (length < 0 || (length < 32 && address % 2 ** (32 - length) !== 0)) return false;
    this.addV4(address, length);
    return true;
  }
}

/** The length after the address, from 0 to 32; -1 where it is none. */
function lengthAt(text: string, at: number): number {
  if (text.charCodeAt(at) !== slash) return -1;
  const first = text.charCodeAt(at + 1) - zero;
  if (!(first >= 0 && first <= 9)) return -1;
  if (text.length === at + 2) return first;
  const second = text.charCodeAt(at + 2) - zero;
  if (text.length !== at + 3 || first === 0 || !(second >= 0 && second <= 9)) return -1;
  const length = first * 10 + second;
  return length <= 32 ? length : -1;
}
