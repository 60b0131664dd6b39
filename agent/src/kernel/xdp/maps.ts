/** The datapath's maps: which are pinned, how large they are, and their memory as typed arrays. */
import { closeFd, mapFd, type Mapping } from '../libc.ts';
import type { BpfObject } from '../bpf-object.ts';
import { mapInfo } from '../bpf-map.ts';
import { libbpf } from '../libbpf.ts';
import type { PinFolder } from '../pins.ts';
import { openRingBuffer, type RingBuffer } from '../ring-buffer.ts';
import {
  cacheEntries,
  ceilingClasses,
  layoutVersion,
  prefixesMax,
  profilesMax,
  rulesMax,
  seenWords,
  sketchColumns,
  sketchRows,
  structs,
  touchedWords,
} from './layout.ts';

/** Maps whose content outlives the process. The samples do not: each start begins with an empty ring. */
export const pinnedMaps = [
  'config',
  'state',
  'cpus',
  'protect',
  'safelist',
  'targets',
  'slots',
  'free_slots',
  'counters',
  'rules',
  'rule_hits',
  'rule_index',
  'profiles',
  'ceilings',
  'block',
  'block_prefixes',
  'indicators',
  'touched_ipv4',
  'touched_ipv6',
  'seen_sources',
  'forensic',
] as const;

export interface Dimensions {
  /** Rows per CPU: generic, one for each protected prefix, and the targets. */
  readonly rows: number;
  readonly cpus: number;
  /** Packets that the forensic ring holds; 1 where there is none. */
  readonly forensicRecords: number;
}

/** Slots below it stand for protected prefixes. */
export const firstTarget = 1 + prefixesMax;

export interface SizeOptions {
  readonly targetsMax: number;
  /** Size of the forensic ring; 0 for none. @default 0 */
  readonly forensicBytes?: number;
}

/** The maps' sizes on this machine. Whoever shares pinned maps must come to the same. */
export const dimensionsOf = ({ targetsMax, forensicBytes = 0 }: SizeOptions): Dimensions => ({
  rows: targetsMax + firstTarget,
  cpus: libbpf().possibleCpus(),
  forensicRecords: Math.max(1, Math.floor(forensicBytes / structs.tg_forensic_record.size)),
});

export const mapSizes = ({ rows, cpus, forensicRecords }: Dimensions): Record<string, number> => ({
  cpus,
  targets: rows,
  target_cache: cacheEntries * cpus,
  slots: rows,
  free_slots: rows,
  counters: rows * cpus,
  rule_hits: 2 * rulesMax * cpus,
  ceilings: rows * ceilingClasses.length,
  heavy_hitters: cpus * 2 * sketchRows * sketchColumns,
  forensic: forensicRecords,
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
  readonly cpus: Words;
  readonly slots: Words;
  readonly counters: Words;
  readonly rules: Words;
  readonly hits: Words;
  readonly index: Words;
  readonly profiles: Words;
  readonly ceilings: Words;
  readonly heavyHitters: Words;
  readonly seenSources: Words;
  readonly touchedIpv4: Words;
  readonly touchedIpv6: Words;
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
    cpus: words('cpus', cpus, structs.tg_cpu.size),
    slots: words('slots', rows, structs.tg_slot.size),
    counters: words('counters', rows * cpus, structs.tg_row.size),
    rules: words('rules', 2 * rulesMax, structs.tg_rule.size),
    hits: words('rule_hits', 2 * rulesMax * cpus, structs.tg_rule_hits.size),
    index: words('rule_index', 1, structs.tg_index.size),
    profiles: words('profiles', profilesMax, structs.tg_profile.size),
    ceilings: words('ceilings', rows * ceilingClasses.length, structs.tg_ceiling.size),
    heavyHitters: words('heavy_hitters', cpus * 2 * sketchRows * sketchColumns, structs.tg_heavy.size),
    seenSources: words('seen_sources', 2 * seenWords, 8),
    touchedIpv4: words('touched_ipv4', 2 * touchedWords.ipv4, 8),
    touchedIpv6: words('touched_ipv6', 2 * touchedWords.ipv6, 8),
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
  // The layout first: a map that is missing may be one that an earlier layout did not have.
  const mismatch =
    mismatchOf(fds, wanted) ?? (fds.size < pinnedMaps.length ? 'some of its maps are missing' : null);
  if (mismatch === null) return { fds, mismatch };
  for (const fd of fds.values()) closeFd(fd);
  return { fds: new Map(), mismatch };
}

function mismatchOf(fds: ReadonlyMap<string, number>, wanted: Dimensions): string | null {
  const configFd = fds.get('config');
  if (configFd === undefined) return 'some of its maps are missing';
  const { valueBytes } = mapInfo(configFd);
  const mapping = mapFd(configFd, valueBytes, { writable: false });
  const [version, rows, cpus] = new Uint32Array(mapping.buffer, 0, 3);
  mapping.release();
  if (version !== layoutVersion) return `its maps have layout ${version ?? 0}, ours is ${layoutVersion}`;
  if (valueBytes !== structs.tg_config.size) return 'its maps have another layout';
  if (rows !== wanted.rows)
    return `it counts ${(rows ?? firstTarget) - firstTarget} targets, wanted are ${wanted.rows - firstTarget}`;
  if (cpus !== wanted.cpus) return 'the number of CPUs has changed';
  const forensicFd = fds.get('forensic');
  if (forensicFd !== undefined && mapInfo(forensicFd).maxEntries !== wanted.forensicRecords)
    return 'its forensic ring has another size';
  return null;
}
