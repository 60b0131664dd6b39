/** Asks the kernel how many packets a capture lost, which `cap` does not tell (packet(7), PACKET_STATISTICS). */
import { readdirSync, readlinkSync } from 'node:fs';
import { loadLibrary } from '../../kernel/native.ts';

const packetLevel = 263;
const packetStatistics = 6;

/** Sockets of this process. */
export function openSockets(): ReadonlySet<number> {
  const sockets = new Set<number>();
  for (const name of readdirSync('/proc/self/fd')) {
    if (target(name).startsWith('socket:')) sockets.add(Number(name));
  }
  return sockets;
}

/** The descriptor through which the folder itself is read is closed by then. */
function target(name: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${name}`);
  } catch {
    return '';
  }
}

/** Packets that found no room since the call before, of the packet socket that was opened since `before`. */
export function lossCounter(before: ReadonlySet<number>): () => number {
  const getsockopt = loadLibrary('libc.so.6').func(
    'int getsockopt(int fd, int level, int name, _Out_ uint32_t *value, _Inout_ uint32_t *length)',
  ) as (fd: number, level: number, name: number, value: Uint32Array, length: Uint32Array) => number;
  const value = new Uint32Array(2);
  const ask = (fd: number): boolean =>
    getsockopt(fd, packetLevel, packetStatistics, value, Uint32Array.of(value.byteLength)) === 0;
  const fd = [...openSockets()].find((socket) => !before.has(socket) && ask(socket));
  // tp_packets, tp_drops: reading them sets both to 0.
  return () => (fd !== undefined && ask(fd) ? value[1]! : 0);
}
