/**
 * The TCP sockets of this process's network namespace, as /proc/net/tcp and tcp6 list them.
 *
 * Bounds: at most 65,536 of each family are read, established and listening ones only; a server with more connections
 * than that is told apart by its listeners, which come first.
 */
import { readFileSync } from 'node:fs';
import { formatAddress } from '@tidegate/schemas';

export interface TcpSocket {
  readonly state: 'established' | 'listening';
  readonly localAddress: string;
  readonly localPort: number;
  /** All zero for a listener. */
  readonly remoteAddress: string;
  readonly remotePort: number;
}

const stateNames: Readonly<Record<string, TcpSocket['state']>> = { '01': 'established', '0A': 'listening' };
const linesMax = 65_536;

/** Empty where the kernel has no such file. */
export function tcpSockets(): TcpSocket[] {
  return ['/proc/self/net/tcp', '/proc/self/net/tcp6'].flatMap((path) => {
    try {
      return parseSockets(readFileSync(path, 'latin1'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  });
}

/** Format: Documentation/networking/proc_net_tcp.rst of the Linux kernel. */
export function parseSockets(text: string): TcpSocket[] {
  const sockets: TcpSocket[] = [];
  for (const line of text.split('\n', linesMax + 1).slice(1)) {
    const [, local, remote, code] = line.trim().split(/\s+/, 4);
    const state = stateNames[code ?? ''];
    if (state === undefined) continue;
    const [localAddress, localPort] = readEnd(local!);
    const [remoteAddress, remotePort] = readEnd(remote!);
    sockets.push({ state, localAddress, localPort, remoteAddress, remotePort });
  }
  return sockets;
}

/** Addresses are 32-bit words in the machine's order, so each word's bytes come the wrong way round. */
function readEnd(text: string): [string, number] {
  const [hex = '', port = ''] = text.split(':');
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) =>
    (word.match(/../g) ?? []).reverse().map((digits) => Number.parseInt(digits, 16)),
  );
  const whole = bytes.length === 4 ? [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...bytes] : bytes;
  return [formatAddress(Uint8Array.from(whole)), Number.parseInt(port, 16)];
}
