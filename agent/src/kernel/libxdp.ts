/**
 * libxdp through koffi (libxdp 1.3 or later): putting a program beside others into the dispatcher of an interface.
 *
 * Promises: libxdp prints nothing; what it had to say becomes part of the error. Enumerating programs takes root, so
 * only the one-shot command `tidegate-agent attach` loads this library, never the daemon.
 */
import { TidegateError } from '@tidegate/schemas';
import koffi, { type LibraryHandle } from 'koffi';
import { collectMessages, type Handle } from './libbpf.ts';
import { errorText } from './libc.ts';
import { loadLibrary } from './native.ts';

/** enum xdp_attach_mode. */
export const libxdpMode = { native: 1, generic: 2 } as const;

export interface Libxdp {
  readonly programCreate: (options: Uint8Array) => Handle | null;
  readonly programClose: (program: Handle) => void;
  readonly programId: (program: Handle) => number;
  readonly setPriority: (program: Handle, priority: number) => number;
  readonly setChainCall: (program: Handle, action: number, isEnabled: boolean) => number;
  readonly attach: (program: Handle, interfaceIndex: number, mode: number, flags: number) => number;
  readonly detach: (program: Handle, interfaceIndex: number, mode: number, flags: number) => number;
  readonly multiprogOn: (interfaceIndex: number) => Handle | null;
  readonly multiprogClose: (multiprog: Handle) => void;
  readonly multiprogDetach: (multiprog: Handle) => number;
  readonly isLegacy: (multiprog: Handle) => boolean;
  readonly mainProgram: (multiprog: Handle) => Handle | null;
  readonly nextProgram: (previous: Handle | null, multiprog: Handle) => Handle | null;
  readonly errorOf: (pointer: Handle) => bigint | number;
  /** What libxdp said since the last call. */
  readonly takeLog: () => string;
}

let bound: Libxdp | undefined;

/** Throws TG2001 where libxdp is missing. */
export function libxdp(): Libxdp {
  if (bound !== undefined) return bound;
  try {
    const library = loadLibrary('libxdp.so.1');
    // libxdp_print_fn_t takes the same arguments as libbpf's, and the same levels.
    bound = { ...bind(library), takeLog: collectMessages(library, 'libxdp_set_print') };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TidegateError('TG2001', `It takes libxdp 1.3 or later (Debian: libxdp1): ${reason}.`, {
      cause,
    });
  }
  return bound;
}

const bind = (library: LibraryHandle): Omit<Libxdp, 'takeLog'> => ({
  programCreate: library.func('void *xdp_program__create(const uint8_t *options)'),
  programClose: library.func('void xdp_program__close(void *program)'),
  programId: library.func('uint32_t xdp_program__id(const void *program)'),
  setPriority: library.func('int xdp_program__set_run_prio(void *program, unsigned int priority)'),
  setChainCall: library.func(
    'int xdp_program__set_chain_call_enabled(void *program, unsigned int action, bool enabled)',
  ),
  attach: library.func('int xdp_program__attach(void *program, int interface, int mode, unsigned int flags)'),
  detach: library.func('int xdp_program__detach(void *program, int interface, int mode, unsigned int flags)'),
  multiprogOn: library.func('void *xdp_multiprog__get_from_ifindex(int interface)'),
  multiprogClose: library.func('void xdp_multiprog__close(void *multiprog)'),
  multiprogDetach: library.func('int xdp_multiprog__detach(void *multiprog)'),
  isLegacy: library.func('bool xdp_multiprog__is_legacy(const void *multiprog)'),
  mainProgram: library.func('void *xdp_multiprog__main_prog(const void *multiprog)'),
  nextProgram: library.func('void *xdp_multiprog__next_prog(const void *previous, const void *multiprog)'),
  errorOf: library.func('long libxdp_get_error(const void *pointer)'),
});

/** struct xdp_program_opts: size, object, open options, name of the program, …; the rest stays zero. */
export function programOptions(object: Handle, name: Buffer): Uint8Array {
  const options = new Uint8Array(64);
  const view = new DataView(options.buffer);
  view.setBigUint64(0, BigInt(options.length), true);
  view.setBigUint64(8, object, true);
  view.setBigUint64(24, koffi.address(name), true);
  return options;
}

const lastLines = (text: string): string => text.trim().split('\n').slice(-12).join('\n');

/** Throws TG2001 with libxdp's own words where `code` is a negative errno value. */
export function orRefuse(code: number, doing: string): void {
  if (code >= 0) return;
  const words = lastLines(libxdp().takeLog());
  throw new TidegateError(
    'TG2001',
    `Cannot ${doing}: ${errorText(code)}.${words === '' ? '' : `\n${words}`}`,
  );
}

/** libxdp gives errors as pointers; null where it is one, or nothing. */
export const pointerOrNull = (pointer: Handle | null): Handle | null =>
  pointer === null || Number(libxdp().errorOf(pointer)) < 0 ? null : pointer;
