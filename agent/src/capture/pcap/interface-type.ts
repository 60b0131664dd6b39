/** Asks the kernel what kind of interface a name stands for, in the network namespace of the calling thread. */
import { closeSync } from 'node:fs';
import { TidegateError } from '@tidegate/schemas';
import { loadLibrary } from '../../kernel/native.ts';

const internetFamily = 2;
const datagramSocket = 2;
const getHardwareAddress = 0x8927;
const nameBytesMax = 15;
/** struct ifreq; the hardware type lies behind the name. */
const requestBytes = 40;
const typeAt = 16;

/** ARPHRD_ETHER and ARPHRD_LOOPBACK: frames begin with an Ethernet header. */
const ethernetTypes: ReadonlySet<number> = new Set([1, 772]);

/** Throws TG2001 where there is no such interface. */
export function isEthernet(interfaceName: string): boolean {
  const libc = loadLibrary('libc.so.6');
  const socket = libc.func('int socket(int domain, int type, int protocol)') as (...of: number[]) => number;
  const ioctl = libc.func('int ioctl(int fd, unsigned long request, _Inout_ uint8_t *argument)') as (
    fd: number,
    request: number,
    argument: Uint8Array,
  ) => number;
  const request = new Uint8Array(requestBytes);
  request.set(new TextEncoder().encode(interfaceName).subarray(0, nameBytesMax));
  const fd = socket(internetFamily, datagramSocket, 0);
  if (fd < 0) throw new TidegateError('TG2001', 'The kernel gives no socket.');
  try {
    if (ioctl(fd, getHardwareAddress, request) !== 0) {
      throw new TidegateError('TG2001', `There is no interface ${interfaceName}.`);
    }
  } finally {
    closeSync(fd);
  }
  return ethernetTypes.has(new DataView(request.buffer).getUint16(typeAt, true));
}
