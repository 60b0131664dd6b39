/**
 * Who waits for TCP connections in the network namespace of this thread, as the kernel lists it in /proc (proc(5)).
 *
 * Listening sockets come first in these tables, so what is read is bounded by their number, however many connections
 * there are besides. Whether an IPv6 socket is closed to IPv4 (IPV6_V6ONLY) does not show there: it counts as open.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { formatAddress, parseAddress } from '@tidegate/schemas';

const tables = ['/proc/thread-self/net/tcp', '/proc/thread-self/net/tcp6'] as const;
const tableBytesMax = 1_048_576;
const stateListen = '0A';
/** `0: 0100007F:0050 00000000:0000 0A …`: number, local address and port, peer, state. */
const lineForm = /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2}) /;

/** Canonical address and port of each listening socket; `::` takes IPv4 as well. */
export type Listeners = ReadonlySet<string>;

const entry = (address: string, port: number): string => `${address} ${port}`;

/** Whether a connection to an address and port finds a socket. */
export function isAccepted(listeners: Listeners, address: string, port: number): boolean {
  const { family, text } = parseAddress(address);
  const bound = family === 4 ? [text, '0.0.0.0', '::'] : [text, '::'];
  return bound.some((candidate) => listeners.has(entry(candidate, port)));
}

/** A kernel without TCP of one family has no table of it. */
export const readListeners = (): Listeners => new Set(tables.flatMap(listenersIn));

function listenersIn(path: string): string[] {
  const fd = openTable(path);
  if (fd === null) return [];
  try {
    let text = '';
    const chunk = Buffer.alloc(65_536);
    for (;;) {
      const bytes = readSync(fd, chunk);
      text += chunk.toString('latin1', 0, bytes);
      const { listeners, isWhole } = parseListeners(text);
      if (isWhole || bytes === 0 || text.length > tableBytesMax) return listeners;
    }
  } finally {
    closeSync(fd);
  }
}

function openTable(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch {
    return null;
  }
}

/** `isWhole`: something else than a listening socket follows, so all of them are here. */
export function parseListeners(text: string): { listeners: string[]; isWhole: boolean } {
  const listeners: string[] = [];
  for (const line of text.split('\n').slice(1, -1)) {
    const [, address = '', port = '', state] = lineForm.exec(line) ?? [];
    if (state !== stateListen) return { listeners, isWhole: true };
    listeners.push(entry(addressOf(address), Number.parseInt(port, 16)));
  }
  return { listeners, isWhole: false };
}

/** The kernel prints each 32-bit word of an address as the number that it is in memory. */
function addressOf(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = new Uint8Array(16);
  if (words.length === 1) bytes.fill(0xff, 10, 12);
  const view = new DataView(bytes.buffer, 16 - 4 * words.length);
  for (const [index, word] of words.entries()) view.setUint32(4 * index, Number.parseInt(word, 16), true);
  return formatAddress(bytes);
}
