/** The few calls of the C library that Node does not offer. Failures are negative errno values, as libbpf's are. */
import koffi, { type LibraryHandle } from 'koffi';
import { loadLibrary } from './native.ts';

interface Calls {
  readonly mmap: (address: bigint, bytes: number, protection: number, flags: number, fd: number, offset: number) => bigint;
  readonly close: (fd: number) => number;
  readonly mount: (source: string, target: string, type: string, flags: number, data: string | null) => number;
  readonly interfaceIndex: (name: string) => number;
  readonly error: (number: number) => string;
  readonly format: (buffer: Uint8Array, bytes: number, format: unknown, args: unknown) => number;
}

let calls: Calls | undefined;

function libc(): Calls {
  calls ??= bind(loadLibrary('libc.so.6'));
  return calls;
}

function bind(library: LibraryHandle): Calls {
  return {
    mmap: library.func('uintptr_t mmap(uintptr_t address, size_t bytes, int protection, int flags, int fd, int64_t offset)'),
    close: library.func('int close(int fd)'),
    mount: library.func('int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)'),
    interfaceIndex: library.func('uint32_t if_nametoindex(const char *name)'),
    error: library.func('const char *strerror(int number)'),
    format: library.func('int vsnprintf(uint8_t *buffer, size_t bytes, void *format, void *args)'),
  } as unknown as Calls;
}

export const pageBytes = 4096;
