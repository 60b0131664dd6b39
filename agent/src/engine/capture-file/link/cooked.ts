/** "Linux cooked" captures, of the interface `any`: an Ethernet type among fields of the kernel. */
import { etherPayload } from './ethernet.ts';
import { cutOff, uint16 } from './locator.ts';

export function cooked(bytes: Uint8Array, from: number, to: number): number {
  if (from + 16 > to) return cutOff;
  return etherPayload(bytes, uint16(bytes, from + 14), from + 16, to);
}

export function cooked2(bytes: Uint8Array, from: number, to: number): number {
  if (from + 20 > to) return cutOff;
  return etherPayload(bytes, uint16(bytes, from), from + 20, to);
}
