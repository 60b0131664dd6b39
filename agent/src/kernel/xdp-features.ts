/**
 * What a driver can do with XDP, asked of the kernel: the generic netlink family `netdev` of Linux 6.3 and later
 * (include/uapi/linux/netdev.h). Changes nothing and needs no privilege.
 */
import { closeSync } from 'node:fs';
import type { LibraryHandle } from 'koffi';
import { loadLibrary } from './native.ts';

export interface XdpFeatures {
  /** The driver runs programs itself: native mode. */
  readonly isNative: boolean;
  /** Also on packets that lie in several buffers, as those of a large MTU do. */
  readonly isMultiBuffer: boolean;
}

const [netlinkFamily, rawSocket, genericNetlink] = [16, 3, 16];
const closeOnExec = 0o2000000;
const headerBytes = 20;
const answerBytes = 8192;
const errorType = 2;
const isRequest = 1;
const control = { family: 16, getFamily: 3, familyId: 1, familyName: 2 } as const;
const netdev = { getDevice: 1, interfaceIndex: 1, xdpFeatures: 3 } as const;
const act = { basic: 1n, multiBuffer: 32n } as const;
const typeMask = 0x3fff;

/** Null where this kernel cannot be asked, or does not know the interface. */
export function xdpFeatures(interfaceIndex: number): XdpFeatures | null {
  const calls = bind(loadLibrary('libc.so.6'));
  const fd = calls.socket(netlinkFamily, rawSocket | closeOnExec, genericNetlink);
  if (fd < 0) return null;
  try {
    const name = Buffer.from('netdev\0');
    const family = ask(calls, fd, control.family, control.getFamily, control.familyName, name);
    const id = family.get(control.familyId)?.readUInt16LE(0);
    if (id === undefined) return null;
    const index = Buffer.from(Uint32Array.of(interfaceIndex).buffer);
    const device = ask(calls, fd, id, netdev.getDevice, netdev.interfaceIndex, index);
    const bits = device.get(netdev.xdpFeatures)?.readBigUInt64LE(0);
    if (bits === undefined) return null;
    return { isNative: (bits & act.basic) !== 0n, isMultiBuffer: (bits & act.multiBuffer) !== 0n };
  } finally {
    closeSync(fd);
  }
}

/** One request with one attribute; the attributes of the answer, none where the kernel refuses. */
function ask(
  { send, receive }: Calls,
  fd: number,
  family: number,
  command: number,
  attribute: number,
  value: Buffer,
): Map<number, Buffer> {
  const message = Buffer.alloc(headerBytes + aligned(4 + value.length));
  message.writeUInt32LE(message.length, 0);
  message.writeUInt16LE(family, 4);
  message.writeUInt16LE(isRequest, 6);
  message.writeUInt8(command, 16);
  message.writeUInt8(1, 17);
  message.writeUInt16LE(4 + value.length, headerBytes);
  message.writeUInt16LE(attribute, headerBytes + 2);
  value.copy(message, headerBytes + 4);
  const answer = Buffer.alloc(answerBytes);
  if (send(fd, message, message.length, 0) < 0) return new Map();
  const received = receive(fd, answer, answer.length, 0);
  return attributesOf(answer.subarray(0, Math.max(0, received)));
}

function attributesOf(answer: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  if (answer.length < headerBytes || answer.readUInt16LE(4) === errorType) return found;
  for (let at = headerBytes; at + 4 <= answer.length;) {
    const bytes = answer.readUInt16LE(at);
    if (bytes < 4) break;
    found.set(answer.readUInt16LE(at + 2) & typeMask, answer.subarray(at + 4, at + bytes));
    at += aligned(bytes);
  }
  return found;
}

const aligned = (bytes: number): number => (bytes + 3) & ~3;

interface Calls {
  readonly socket: (domain: number, type: number, protocol: number) => number;
  readonly send: (fd: number, message: Uint8Array, bytes: number, flags: number) => number;
  readonly receive: (fd: number, into: Uint8Array, bytes: number, flags: number) => number;
}

const bind = (libc: LibraryHandle): Calls => ({
  socket: libc.func('int socket(int domain, int type, int protocol)'),
  send: libc.func('int64_t send(int fd, const uint8_t *message, size_t bytes, int flags)'),
  receive: libc.func('int64_t recv(int fd, _Out_ uint8_t *into, size_t bytes, int flags)'),
});
