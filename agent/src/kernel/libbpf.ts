/**
 * libbpf through koffi (libbpf 1.1 or later): the functions that the agent uses, and nothing else of it.
 *
 * Promises: libbpf prints nothing; what it had to say becomes part of the error. Everything is synchronous and, but
 * for loading an object, far below 2 ms.
 */
import { TidegateError } from '@tidegate/schemas';
import koffi, { type KoffiFunc, type LibraryHandle } from 'koffi';
import { errorText } from './libc.ts';
import { loadLibrary } from './native.ts';

/** A pointer of libbpf's own. */
export type Handle = bigint;
type Bytes = Uint8Array;

export interface Libbpf {
  readonly objectOpen: (path: string, options: null) => Handle | null;
  readonly objectLoad: (object: Handle) => number;
  readonly objectClose: (object: Handle) => void;
  readonly findMap: (object: Handle, name: string) => Handle | null;
  readonly findProgram: (object: Handle, name: string) => Handle | null;
  readonly nextMap: (object: Handle, previous: Handle | null) => Handle | null;
  readonly mapName: (map: Handle) => string;
  readonly mapIsInternal: (map: Handle) => boolean;
  readonly nextProgram: (object: Handle, previous: Handle | null) => Handle | null;
  readonly programSetAutoload: (program: Handle, isLoaded: boolean) => number;
  readonly mapFd: (map: Handle) => number;
  readonly mapSetMaxEntries: (map: Handle, entries: number) => number;
  readonly mapReuseFd: (map: Handle, fd: number) => number;
  readonly programFd: (program: Handle) => number;
  readonly mapUpdate: (fd: number, key: Bytes | null, value: Bytes, flags: number) => number;
  readonly mapDelete: (fd: number, key: Bytes) => number;
  readonly mapLookup: (fd: number, key: Bytes, value: Bytes) => number;
  readonly mapNextKey: (fd: number, key: Bytes | null, next: Bytes) => number;
  readonly pin: (fd: number, path: string) => number;
  readonly openPin: (path: string) => number;
  readonly programById: (id: number) => number;
  readonly infoByFd: (fd: number, info: Bytes, length: Uint32Array) => number;
  readonly linkCreate: (program: number, target: number, type: number, options: Bytes) => number;
  readonly linkUpdate: (link: number, program: number, options: null) => number;
  readonly linkDetach: (link: number) => number;
  readonly xdpQuery: (interfaceIndex: number, flags: number, options: Bytes) => number;
  readonly testRun: (program: number, options: Bytes) => number;
  readonly tcHookCreate: (hook: Bytes) => number;
  readonly tcAttach: (hook: Bytes, options: Bytes) => number;
  readonly tcDetach: (hook: Bytes, options: Bytes) => number;
  readonly tcQuery: (hook: Bytes, options: Bytes) => number;
  /** Off this thread: making and swapping a large map takes the kernel some 10 ms. Arguments live until it is done. */
  readonly mapCreateAsync: (
    type: number,
    name: string,
    keyBytes: number,
    valueBytes: number,
    entries: number,
    options: Bytes,
  ) => Promise<number>;
  readonly mapUpdateAsync: (fd: number, key: Bytes, value: Bytes, flags: number) => Promise<number>;
  readonly possibleCpus: () => number;
  readonly versionText: () => string;
}

let bound: Libbpf | undefined;

/** Throws TG2001 where libbpf is missing. */
export function libbpf(): Libbpf {
  if (bound !== undefined) return bound;
  try {
    const library = loadLibrary('libbpf.so.1');
    takeMessages = collectMessages(library, 'libbpf_set_print');
    bound = bind(library);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TidegateError('TG2001', `XDP needs libbpf 1.1 or later (Debian: libbpf1): ${reason}.`, {
      cause,
    });
  }
  return bound;
}

const bind = (library: LibraryHandle): Libbpf => ({ ...bindObjects(library), ...bindFds(library) });

const bindObjects = (library: LibraryHandle) => ({
  objectOpen: library.func('void *bpf_object__open_file(const char *path, const void *options)'),
  objectLoad: library.func('int bpf_object__load(void *object)'),
  objectClose: library.func('void bpf_object__close(void *object)'),
  findMap: library.func('void *bpf_object__find_map_by_name(const void *object, const char *name)'),
  findProgram: library.func('void *bpf_object__find_program_by_name(const void *object, const char *name)'),
  nextMap: library.func('void *bpf_object__next_map(const void *object, const void *previous)'),
  mapName: library.func('const char *bpf_map__name(const void *map)'),
  mapIsInternal: library.func('bool bpf_map__is_internal(const void *map)'),
  nextProgram: library.func('void *bpf_object__next_program(const void *object, void *previous)'),
  programSetAutoload: library.func('int bpf_program__set_autoload(void *program, bool isLoaded)'),
  mapFd: library.func('int bpf_map__fd(const void *map)'),
  mapSetMaxEntries: library.func('int bpf_map__set_max_entries(void *map, uint32_t entries)'),
  mapReuseFd: library.func('int bpf_map__reuse_fd(void *map, int fd)'),
  programFd: library.func('int bpf_program__fd(const void *program)'),
  possibleCpus: library.func('int libbpf_num_possible_cpus()'),
  versionText: library.func('const char *libbpf_version_string()'),
});

const bindFds = (library: LibraryHandle) => ({
  mapUpdate: library.func(
    'int bpf_map_update_elem(int fd, const uint8_t *key, const uint8_t *value, uint64_t flags)',
  ),
  mapDelete: library.func('int bpf_map_delete_elem(int fd, const uint8_t *key)'),
  mapLookup: library.func('int bpf_map_lookup_elem(int fd, const uint8_t *key, _Out_ uint8_t *value)'),
  mapNextKey: library.func('int bpf_map_get_next_key(int fd, const uint8_t *key, _Out_ uint8_t *next)'),
  pin: library.func('int bpf_obj_pin(int fd, const char *path)'),
  openPin: library.func('int bpf_obj_get(const char *path)'),
  programById: library.func('int bpf_prog_get_fd_by_id(uint32_t id)'),
  infoByFd: library.func(
    'int bpf_obj_get_info_by_fd(int fd, _Inout_ uint8_t *info, _Inout_ uint32_t *length)',
  ),
  linkCreate: library.func('int bpf_link_create(int program, int target, int type, const uint8_t *options)'),
  linkUpdate: library.func('int bpf_link_update(int link, int program, const void *options)'),
  linkDetach: library.func('int bpf_link_detach(int link)'),
  xdpQuery: library.func('int bpf_xdp_query(int interface, int flags, _Inout_ uint8_t *options)'),
  testRun: library.func('int bpf_prog_test_run_opts(int program, _Inout_ uint8_t *options)'),
  tcHookCreate: library.func('int bpf_tc_hook_create(_Inout_ uint8_t *hook)'),
  tcAttach: library.func('int bpf_tc_attach(const uint8_t *hook, _Inout_ uint8_t *options)'),
  tcDetach: library.func('int bpf_tc_detach(const uint8_t *hook, const uint8_t *options)'),
  tcQuery: library.func('int bpf_tc_query(const uint8_t *hook, _Inout_ uint8_t *options)'),
  mapCreateAsync: promised(
    library.func(
      'int bpf_map_create(int type, const char *name, uint32_t keyBytes, uint32_t valueBytes, uint32_t entries, const uint8_t *options)',
    ),
  ),
  mapUpdateAsync: promised(
    library.func('int bpf_map_update_elem(int fd, const uint8_t *key, const uint8_t *value, uint64_t flags)'),
  ),
});

/** A function that runs on a thread of the pool; what it is given is held until it has returned. */
function promised(call: KoffiFunc<(...args: unknown[]) => number>): (...args: unknown[]) => Promise<number> {
  return (...args) =>
    new Promise((resolve, reject) => {
      call.async(...args, (error: Error | null, result: number) => {
        if (error === null) resolve(result);
        else reject(error);
      });
    });
}

const logCharactersMax = 65_536;
const messageBytesMax = 1 << 20;
const levelWarning = 0;
const printType = koffi.pointer(koffi.proto('int tg_print(int level, void *format, void *args)'));

/**
 * libbpf and libxdp hand their messages to a callback; the C library turns format and arguments into text. Returns what
 * takes the warnings since the call before.
 */
export function collectMessages(library: LibraryHandle, setPrint: string): () => string {
  const format = loadLibrary('libc.so.6').func(
    'int vsnprintf(uint8_t *text, size_t bytes, void *format, void *args)',
  );
  let log = '';
  const collect = (level: number, pattern: bigint, args: bigint): number => {
    if (level > levelWarning) return 0;
    // A verifier's log may be long; it comes with a failure only, so the memory is not kept.
    const text = Buffer.allocUnsafe(messageBytesMax);
    const written = format(text, messageBytesMax, pattern, args) as number;
    log = (log + text.toString('utf8', 0, Math.min(written, messageBytesMax - 1))).slice(-logCharactersMax);
    return 0;
  };
  library.func(`void *${setPrint}(void *print)`)(koffi.register(collect, printType));
  return () => {
    const taken = log;
    log = '';
    return taken;
  };
}

let takeMessages = (): string => '';

/** What libbpf said since the last call. */
export const takeLog = (): string => takeMessages();

const operationNotPermitted = 1;
const accessDenied = 13;

/** Throws TG2001 with libbpf's own words where `code` is a negative errno value; else returns it. */
export function orThrow(code: number, doing: string): number {
  if (code >= 0) return code;
  const said = takeLog();
  const errno = -code;
  const permission =
    errno === operationNotPermitted || (errno === accessDenied && !said.includes('PROG LOAD LOG'));
  const hint = permission ? ' It takes root, or CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON.' : '';
  const words = lastLines(said);
  const detail = words === '' ? '' : `\n${words}`;
  throw new TidegateError('TG2001', `Cannot ${doing}: ${errorText(errno)}.${hint}${detail}`);
}

const lastLines = (text: string): string => text.trim().split('\n').slice(-12).join('\n');
