/** The datapath's maps: which are pinned, how large they are, and their memory as typed arrays. */
import { closeFd, mapFd, type Mapping } from '../libc.ts';
import type { BpfObject } from '../bpf-object.ts';
import { mapInfo } from '../bpf-map.ts';
import type { PinFolder } from '../pins.ts';
import { openRingBuffer, type RingBuffer } from '../ring-buffer.ts';
import { layoutVersion, rulesMax, structs } from './layout.ts';

/** Maps whose content outlives the process. The samples do not: each start begins with an empty ring. */
export const pinnedMaps = [
  'config',
  'state',
  'protect',
  'safelist',
  'targets',
  'slots',
  'free_slots',
  'counters',
  'rules',
  'rule_hits',
] as const;

export interface Dimensions {
  /** Rows per CPU: the targets and the overflow row. */
  readonly rows: number;
  readonly cpus: number;
}

export const mapSizes = ({ rows, cpus }: Dimensions): Record<string, number> => ({
  targets: rows,
  slots: rows,
  free_slots: rows,
  counters: rows * cpus,
  rule_hits: rulesMax * cpus,
});

/** One map's memory, seen as 32-bit and as 64-bit words. */
export interface Words {
  readonly u32: Uint32Array;
  readonly u64: BigUint64Array;
  readonly bytes: Uint8Array;
}

export interface MappedMaps {
  readonly config: Words;
  readonly state: Words;
  readonly slots: Words;
  readonly counters: Words;
  readonly rules: Words;
  readonly hits: Words;
  readonly samples: RingBuffer;
  readonly release: () => void;
}

export function mapMemory(object: BpfObject, { rows, cpus }: Dimensions): MappedMaps {
  const mappings: Mapping[] = [];
  const words = (name: string, entries: number, entryBytes: number): Words => {
    const mapping = mapFd(object.mapFd(name), entries * entryBytes, { writable: true });
    mappings.push(mapping);
    const { buffer } = mapping;
    return { u32: new Uint32Array(buffer), u64: new BigUint64Array(buffer), bytes: new Uint8Array(buffer) };
  };
  const samples = openRingBuffer(object.mapFd('samples'));
  return {
    config: words('config', 1, structs.tg_config.size),
    state: words('state', 1, structs.tg_state.size),
    slots: words('slots', rows, structs.tg_slot.size),
    counters: words('counters', rows * cpus, structs.tg_row.size),
    rules: words('rules', rulesMax, structs.tg_rule.size),
    hits: words('rule_hits', rulesMax * cpus, structs.tg_rule_hits.size),
    samples,
    release: () => {
      samples.release();
      for (const mapping of mappings) mapping.release();
    },
  };
}

export interface PinnedMaps {
  /** Descriptors by name, to be closed by the caller; empty where nothing can be adopted. */
  readonly fds: ReadonlyMap<string, number>;
  /** Why pinned maps cannot be adopted; null where they can, or where there are none. */
  readonly mismatch: string | null;
}

/** Opens the maps that an earlier process pinned, if this version can read them. */
export function openPinnedMaps(pins: PinFolder, wanted: Dimensions): PinnedMaps {
  const fds = new Map<string, number>();
  for (const name of pinnedMaps) {
    const fd = pins.open(name);
    if (fd !== null) fds.set(name, fd);
  }
  if (fds.size === 0) return { fds, mismatch: null };
  const mismatch = fds.size < pinnedMaps.length ? 'some of its maps are missing' : mismatchOf(fds, wanted);
  if (mismatch === null) return { fds, mismatch };
  for (const fd of fds.values()) closeFd(fd);
  return { fds: new Map(), mismatch };
}

function mismatchOf(fds: ReadonlyMap<string, number>, wanted: Dimensions): string | null {
  const configFd = fds.get('config')!;
  if (mapInfo(configFd).valueBytes !== structs.tg_config.size) return 'its maps have another layout';
  const mapping = mapFd(configFd, structs.tg_config.size, { writable: false });
  const [version, rows, cpus] = new Uint32Array(mapping.buffer);
  mapping.release();
  if (version !== layoutVersion) return `its maps have layout ${version ?? 0}, ours is ${layoutVersion}`;
  if (rows !== wanted.rows) return `it counts ${(rows ?? 1) - 1} targets, wanted are ${wanted.rows - 1}`;
  if (cpus !== wanted.cpus) return 'the number of CPUs has changed';
  return null;
}
