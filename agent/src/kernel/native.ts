/**
 * The one place that loads shared libraries.
 *
 * Promises: koffi is configured before the first library is loaded, because afterwards it cannot be; a library that
 * is missing gives an error that names it and never ends the process.
 */
import koffi, { type LibraryHandle } from 'koffi';

// An asynchronous call runs on a stack that koffi allocates, 128 KiB by default. libnftables 1.0.6 was seen to fail
// with 64 KiB and to work with 96: too near. Only pages that a call touches cost memory.
const asyncStackBytes = 1024 * 1024;
koffi.config({ async_stack_size: asyncStackBytes });

/** Loads a shared library by its soname, such as `libnftables.so.1`. */
export function loadLibrary(soname: string): LibraryHandle {
  try {
    return koffi.load(soname);
  } catch (cause) {
    throw new Error(`${soname} cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}
