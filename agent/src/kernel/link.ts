/**
 * Network interfaces as the kernel sees them in the network namespace of this thread, by ioctl: sysfs would show those
 * of the mount namespace, which are others after `nsenter --net`. Changes nothing and needs no privilege.
 */
import { closeSync, readFileSync } from 'node:fs';
import koffi, { type LibraryHandle } from 'koffi';
import { interfaceIndex } from './libc.ts';
import { loadLibrary } from './native.ts';

export interface LinkState {
  readonly index: number;
  /** Set up by the administrator (IFF_UP). */
  readonly isUp: boolean;
  /** Frames can come (IFF_RUNNING: carrier, and not dormant). */
  readonly isRunning: boolean;
  readonly mtu: number;
  /** As `ethtool -i` names it; null where the interface does not say, as the loopback. */
  readonly driver: string | null;
}

const [inetFamily, datagramSocket] = [2, 2];
const request = { getFlags: 0x8913, getMtu: 0x8921, ethtool: 0x8946 } as const;
const getDriverInfo = 3;
const flagUp = 0x1;
const flagRunning = 0x40;
/** struct ifreq: the name, then a union that holds a flag word, a number or a pointer. */
const requestBytes = 40;
const valueAt = 16;
/** struct ethtool_drvinfo: command, driver, version, … */
const driverInfoBytes = 196;

/** Null where there is no interface of that name. */
export function linkState(name: string): LinkState | null {
  const index = interfaceIndex(name);
  if (index === 0) return null;
  const { socket, ioctl } = bind(loadLibrary('libc.so.6'));
  const fd = socket(inetFamily, datagramSocket, 0);
  if (fd < 0) throw new Error('the kernel gives no socket');
  const ask = (code: number, argument: DataView): boolean =>
    ioctl(fd, code, new Uint8Array(argument.buffer)) === 0;
  try {
    const [flags, mtu] = [requestFor(name), requestFor(name)];
    if (!ask(request.getFlags, flags) || !ask(request.getMtu, mtu)) return null;
    const bits = flags.getUint16(valueAt, true);
    return {
      index,
      isUp: (bits & flagUp) !== 0,
      isRunning: (bits & flagRunning) !== 0,
      mtu: mtu.getInt32(valueAt, true),
      driver: driverOf(name, ask),
    };
  } finally {
    closeSync(fd);
  }
}

function driverOf(name: string, ask: (code: number, argument: DataView) => boolean): string | null {
  const info = Buffer.alloc(driverInfoBytes);
  info.writeUInt32LE(getDriverInfo, 0);
  const argument = requestFor(name);
  argument.setBigUint64(valueAt, koffi.address(info), true);
  if (!ask(request.ethtool, argument)) return null;
  const text = info.toString('latin1', 4, 36);
  return text.slice(0, text.indexOf('\0'));
}

function requestFor(name: string): DataView {
  const bytes = new Uint8Array(requestBytes);
  bytes.set(new TextEncoder().encode(name).subarray(0, valueAt - 1));
  return new DataView(bytes.buffer);
}

/** Names of all interfaces. */
export const linkNames = (): string[] =>
  readFileSync('/proc/thread-self/net/dev', 'utf8')
    .split('\n')
    .flatMap((line) => /^\s*(\S+):/.exec(line)?.[1] ?? []);

interface Calls {
  readonly socket: (domain: number, type: number, protocol: number) => number;
  readonly ioctl: (fd: number, code: number, argument: Uint8Array) => number;
}

const bind = (libc: LibraryHandle): Calls => ({
  socket: libc.func('int socket(int domain, int type, int protocol)'),
  ioctl: libc.func('int ioctl(int fd, unsigned long request, _Inout_ uint8_t *argument)'),
});
