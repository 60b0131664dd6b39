/** What `ethtool` does for tests, by its ioctl; the command may be missing. */
import { loadLibrary } from '../kernel/native.ts';
import koffi from 'koffi';

const siocEthtool = 0x8946;
const command = { setGro: 0x2c, stringCounts: 0x37, strings: 0x1b, stats: 0x1d } as const;
const statsSet = 1;
const nameBytes = 32;
const inetFamily = 2;
const datagramSocket = 2;

/** Switches generic receive offload on, for an interface of this thread's network namespace. */
export function enableGro(interfaceName: string): void {
  // struct ethtool_value.
  const value = Buffer.from(Uint32Array.of(command.setGro, 1).buffer);
  ask(interfaceName, [value], 'GRO cannot be switched on');
}

/** A driver's own counters by name, of an interface of this thread's network namespace. */
export function driverStats(interfaceName: string): Record<string, number> {
  const failure = 'there are no driver counters';
  // struct ethtool_sset_info: command, reserved, mask of sets (64 bits), then a count for each.
  const counts = Buffer.alloc(20);
  counts.writeUInt32LE(command.stringCounts, 0);
  counts.writeBigUInt64LE(1n << BigInt(statsSet), 8);
  ask(interfaceName, [counts], failure);
  const count = counts.readUInt32LE(16);
  // struct ethtool_gstrings: command, set, length, names. struct ethtool_stats: command, length, numbers.
  const names = Buffer.alloc(12 + count * nameBytes);
  names.set(Buffer.from(Uint32Array.of(command.strings, statsSet, count).buffer));
  const values = Buffer.alloc(8 + count * 8);
  values.set(Buffer.from(Uint32Array.of(command.stats, count).buffer));
  ask(interfaceName, [names, values], failure);
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      nameAt(names, 12 + index * nameBytes),
      Number(values.readBigUInt64LE(8 + index * 8)),
    ]),
  );
}

function nameAt(names: Buffer, from: number): string {
  const text = names.toString('latin1', from, from + nameBytes);
  return text.slice(0, text.indexOf('\0'));
}

/** Puts each question to the driver, which answers in its place. */
function ask(interfaceName: string, questions: readonly Buffer[], failure: string): void {
  const libc = loadLibrary('libc.so.6');
  const socket = libc.func('int socket(int domain, int type, int protocol)') as (...args: number[]) => number;
  const ioctl = libc.func('int ioctl(int fd, unsigned long request, uint8_t *argument)') as (
    fd: number,
    request: number,
    argument: Uint8Array,
  ) => number;
  const close = libc.func('int close(int fd)') as (fd: number) => number;
  const fd = socket(inetFamily, datagramSocket, 0);
  try {
    for (const question of questions) {
      // struct ifreq: the interface's name, then a pointer.
      const request = Buffer.alloc(40);
      request.write(interfaceName, 0, 15, 'latin1');
      request.writeBigUInt64LE(koffi.address(question), 16);
      if (ioctl(fd, siocEthtool, request) !== 0) throw new Error(`${failure} for ${interfaceName}`);
    }
  } finally {
    close(fd);
  }
}
