/** Sends Ethernet frames through a packet socket (packet(7)). */
import { loadLibrary } from '../../kernel/native.ts';
import { inNamespace } from './namespace.ts';

const packetFamily = 17;
const rawSocket = 3;

export interface FrameSender {
  /** Sends one frame, Ethernet header included. */
  send(frame: Uint8Array): void;
  close(): void;
}

export function openFrameSender(namespace: string, interfaceName: string): FrameSender {
  const libc = loadLibrary('libc.so.6');
  const socket = libc.func('int socket(int domain, int type, int protocol)') as (...of: number[]) => number;
  const bind = libc.func('int bind(int fd, const uint8_t *address, uint32_t length)') as (
    fd: number,
    address: Uint8Array,
    length: number,
  ) => number;
  const interfaceIndex = libc.func('uint32_t if_nametoindex(const char *name)') as (name: string) => number;
  const send = libc.func('int64_t send(int fd, const uint8_t *bytes, size_t length, int flags)') as (
    fd: number,
    bytes: Uint8Array,
    length: number,
    flags: number,
  ) => number;
  const close = libc.func('int close(int fd)') as (fd: number) => number;

  const fd = inNamespace(namespace, () => {
    // struct sockaddr_ll: family, protocol, interface index, then hardware address fields that a sender leaves empty.
    const address = new DataView(new ArrayBuffer(20));
    address.setUint16(0, packetFamily, true);
    address.setInt32(4, interfaceIndex(interfaceName), true);
    const opened = socket(packetFamily, rawSocket, 0);
    if (opened < 0 || bind(opened, new Uint8Array(address.buffer), 20) !== 0) {
      throw new Error(`no packet socket on ${interfaceName} in ${namespace}`);
    }
    return opened;
  });
  return {
    send: (frame) => {
      if (send(fd, frame, frame.length, 0) !== frame.length)
        throw new Error(`a frame of ${frame.length} bytes was not sent`);
    },
    close: () => void close(fd),
  };
}
