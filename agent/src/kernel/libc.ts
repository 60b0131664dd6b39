/** The few calls of the C library that Node does not offer. */
import koffi, { type LibraryHandle } from 'koffi';
import { loadLibrary } from './native.ts';

interface Calls {
  readonly mmap: (
    address: bigint,
    bytes: number,
    protection: number,
    flags: number,
    fd: number,
    offset: number,
  ) => number | bigint;
  readonly close: (fd: number) => number;
  readonly mount: (source: string, target: string, type: string, flags: number, data: null) => number;
  readonly interfaceIndex: (name: string) => number;
  readonly interfaceName: (index: number, name: Uint8Array) => string | null;
  readonly strerror: (errno: number) => string;
  readonly sysconf: (name: number) => number;
}

let bound: Calls | undefined;
const calls = (): Calls => (bound ??= bind(loadLibrary('libc.so.6')));

function bind(libc: LibraryHandle): Calls {
  return {
    mmap: libc.func(
      'uintptr_t mmap(uintptr_t address, size_t bytes, int protection, int flags, int fd, int64_t offset)',
    ) as Calls['mmap'],
    close: libc.func('int close(int fd)') as Calls['close'],
    mount: libc.func(
      'int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)',
    ) as Calls['mount'],
    interfaceIndex: libc.func('uint32_t if_nametoindex(const char *name)') as Calls['interfaceIndex'],
    interfaceName: libc.func(
      'const char *if_indextoname(uint32_t index, _Out_ uint8_t *name)',
    ) as Calls['interfaceName'],
    strerror: libc.func('const char *strerror(int errno)') as Calls['strerror'],
    sysconf: libc.func('long sysconf(int name)') as Calls['sysconf'],
  };
}

/** What an errno value means, in words. */
export const errorText = (errno: number): string => calls().strerror(Math.abs(errno));

export const closeFd = (fd: number): void => void calls().close(fd);

/** Index of an interface in the network namespace of this thread; 0 where there is none of that name. */
export const interfaceIndex = (name: string): number => calls().interfaceIndex(name);

/** Name of an interface; null where it is gone. */
export const interfaceNameOf = (index: number): string | null =>
  calls().interfaceName(index, new Uint8Array(16));

/** Mounts a file system without source or options. Returns 0, or a negative errno value. */
export const mountFilesystem = (type: string, target: string): number =>
  calls().mount(type, target, type, 0, null) === 0 ? 0 : -koffi.errno();

const sysconfPageSize = 30;
export const pageBytes = (): number => calls().sysconf(sysconfPageSize);

const protection = { none: 0, read: 1, write: 2 };
const flag = { shared: 0x01, private: 0x02, fixed: 0x10, anonymous: 0x20, noReserve: 0x4000 };

/** Memory shared with the kernel. */
export interface Mapping {
  /** Reading it after `release` gives zeros. */
  readonly buffer: ArrayBuffer;
  release(): void;
}

/**
 * Maps a file descriptor's memory, from `offset` (a multiple of the page size) on. Writing to a mapping that is not
 * writable ends the process. Throws an Error that carries the reason.
 */
export function mapFd(fd: number, bytes: number, options: { writable: boolean; offset?: number }): Mapping {
  const { mmap } = calls();
  const access = protection.read | (options.writable ? protection.write : protection.none);
  const address = BigInt(mmap(0n, bytes, access, flag.shared, fd, options.offset ?? 0));
  if (address === 0xffff_ffff_ffff_ffffn) {
    throw new Error(`cannot map ${bytes} bytes of kernel memory: ${errorText(koffi.errno())}`);
  }
  return {
    buffer: koffi.view(address, bytes),
    // Zero pages take the place of the kernel's memory rather than nothing: a typed array that is still held somewhere
    // must not end the process. What stays is address space.
    release: () => {
      const empty = flag.private | flag.anonymous | flag.fixed | flag.noReserve;
      mmap(address, bytes, protection.read | protection.write, empty, -1, 0);
    },
  };
}
