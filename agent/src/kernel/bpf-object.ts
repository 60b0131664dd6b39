/** An eBPF object file, loaded: its maps and programs as file descriptors. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TidegateError } from '@tidegate/schemas';
import { libbpf, orThrow, takeLog, type Handle } from './libbpf.ts';

export interface ObjectOptions {
  /** Map sizes that are known only now, entries by map name. */
  readonly maxEntries?: Readonly<Record<string, number>>;
  /** Maps that exist already, file descriptors by map name: used instead of new ones. */
  readonly reuse?: ReadonlyMap<string, number>;
}

export interface BpfObject {
  /** File descriptor of a map; valid until `close`. */
  mapFd(name: string): number;
  programFd(name: string): number;
  /** What is pinned or attached lives on. */
  readonly close: () => void;
}

/** Where the set-up puts compiled objects; the same from `src` and from `dist`. */
export const objectPath = (name: string): string =>
  fileURLToPath(new URL(`../../dist/bpf/${name}.bpf.o`, import.meta.url));

/** Loads `NAME.bpf.o` into the kernel; the verifier takes some 100 ms. Throws TG2001 with the reason. */
export function loadObject(name: string, options: ObjectOptions = {}): BpfObject {
  const bpf = libbpf();
  const object = openObject(name, options);
  try {
    orThrow(bpf.objectLoad(object), `load the eBPF program ${name}`);
  } catch (error) {
    bpf.objectClose(object);
    throw error;
  }
  return {
    mapFd: (map) => bpf.mapFd(findMap(object, name, map)),
    programFd: (program) => {
      const found = bpf.findProgram(object, program);
      if (found === null) throw new TidegateError('TG2001', `${name}.bpf.o has no program named ${program}.`);
      return bpf.programFd(found);
    },
    close: () => {
      bpf.objectClose(object);
    },
  };
}

/** Reads `NAME.bpf.o` without loading it; the caller closes it, or hands it on. Throws TG2001. */
export function openObject(name: string, options: ObjectOptions): Handle {
  const path = objectPath(name);
  if (!existsSync(path)) {
    throw new TidegateError(
      'TG2001',
      `The eBPF object ${name}.bpf.o is not built (npm run setup, which needs clang).`,
    );
  }
  if (!existsSync('/sys/kernel/btf/vmlinux')) {
    throw new TidegateError(
      'TG2001',
      'The kernel has no BTF (/sys/kernel/btf/vmlinux): it was built without CONFIG_DEBUG_INFO_BTF.',
    );
  }
  const bpf = libbpf();
  takeLog();
  const object = bpf.objectOpen(path, null);
  if (object === null) throw new TidegateError('TG2001', `${name}.bpf.o cannot be read: ${takeLog().trim()}`);
  try {
    for (const [map, entries] of Object.entries(options.maxEntries ?? {}))
      orThrow(bpf.mapSetMaxEntries(findMap(object, name, map), entries), `size the map ${map}`);
    for (const [map, fd] of options.reuse ?? [])
      orThrow(bpf.mapReuseFd(findMap(object, name, map), fd), `reuse the map ${map}`);
    return object;
  } catch (error) {
    bpf.objectClose(object);
    throw error;
  }
}

function findMap(object: Handle, name: string, map: string): Handle {
  const found = libbpf().findMap(object, map);
  if (found === null) throw new TidegateError('TG2001', `${name}.bpf.o has no map named ${map}.`);
  return found;
}
