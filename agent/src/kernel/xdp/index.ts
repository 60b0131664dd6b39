/**
 * The XDP datapath: the kernel program on its interfaces, and its maps as memory.
 *
 * Promises: all interfaces share one program; what is in force survives this process (pins below
 * /sys/fs/bpf/INSTANCE) and is adopted by the next, without a gap in attachment; another program's interface is
 * refused, never taken; a start that fails leaves things as it found them.
 *
 * ```ts
 * const datapath = openDatapath({ instance: 'tidegate', interfaces: ['eth0'], targetsMax: 4096, … });
 * datapath.close({ keep: true });   // rules stay in force until their TTL ends
 * ```
 */
import { loadObject, type BpfObject } from '../bpf-object.ts';
import { closeFd } from '../libc.ts';
import { libbpf } from '../libbpf.ts';
import { openPinFolder, type PinFolder } from '../pins.ts';
import { detach, lostInterfaces, planAttachment, type Attachment, type WantedMode } from './attach.ts';
import { layoutVersion, structs } from './layout.ts';
import { mapMemory, mapSizes, openPinnedMaps, pinnedMaps, type Dimensions, type MappedMaps } from './maps.ts';
import { writePrefixes } from './prefixes.ts';

export type { WantedMode } from './attach.ts';
export { attachedPrograms, tryLoading } from './examine.ts';
export { rowCounters, ruleFlag, rulesMax, sampleBytesMax, structs, verdictCode } from './layout.ts';

export interface DatapathOptions {
  readonly instance: string;
  readonly interfaces: readonly string[];
  readonly protect: readonly string[];
  readonly safelist: readonly string[];
  readonly targetsMax: number;
  readonly samplesPerSecondMax: number;
  readonly mode: WantedMode;
}

export interface Datapath extends Dimensions {
  readonly maps: MappedMaps;
  /** Address (16 bytes) to slot (u32). */
  readonly targetsFd: number;
  readonly freeSlotsFd: number;
  /** The program, for test runs. */
  readonly programFd: number;
  readonly attachments: readonly Attachment[];
  /** Whether the maps are those of an earlier process, with its targets and rules. */
  readonly adopted: boolean;
  /** What a person should know about this start. */
  readonly notes: readonly string[];
  setPrefixes(prefixes: { readonly protect: readonly string[]; readonly safelist: readonly string[] }): void;
  /** Interfaces that are gone, and the program with them. */
  lostInterfaces(): string[];
  /** With `keep` everything stays in force and pinned; without, nothing of ours stays behind. */
  close(options: { readonly keep: boolean }): void;
}

// A slice may take two and a half budgets: see bpf/sample.h.
const sliceSeconds = 2 ** 24 / 1e9;
const budgetPerSlice = (samplesPerSecondMax: number): number =>
  Math.max(1, Math.floor((samplesPerSecondMax * sliceSeconds) / 2.5));

/** Throws TG2001 with the reason where XDP cannot be had. */
export function openDatapath(options: DatapathOptions): Datapath {
  const dimensions = { rows: options.targetsMax + 1, cpus: libbpf().possibleCpus() };
  const pins = openPinFolder(options.instance);
  const isNew = pins.names().length === 0;
  try {
    return open(options, dimensions, pins);
  } catch (error) {
    if (isNew) pins.remove();
    throw error;
  }
}

function open(options: DatapathOptions, dimensions: Dimensions, pins: PinFolder): Datapath {
  const plan = planAttachment(pins, options.interfaces, options.mode);
  const undo: (() => void)[] = [plan.abandon];
  try {
    const { fds, mismatch } = openPinnedMaps(pins, dimensions);
    const object = loadWith(fds, dimensions);
    undo.push(object.close);
    const maps = mapMemory(object, dimensions);
    undo.push(maps.release);
    const adopted = fds.size > 0;
    writeConfig(maps, dimensions, options);
    const writer = prefixWriter(object, maps);
    writer(options);
    const attachments = plan.attach(object.programFd('tidegate'));
    if (!adopted) {
      undo.push(() => detach(pins, attachments));
      pinMaps(pins, object);
    }
    const notes = notesOf(attachments, options.mode, mismatch);
    return datapathOf({ pins, object, maps, attachments, adopted, notes, writer }, dimensions);
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw error;
  }
}

/** Loads the program over the given maps, and closes their descriptors: libbpf holds its own. */
function loadWith(fds: ReadonlyMap<string, number>, dimensions: Dimensions): BpfObject {
  try {
    return loadObject('tidegate', { maxEntries: mapSizes(dimensions), reuse: fds });
  } finally {
    for (const fd of fds.values()) closeFd(fd);
  }
}

function writeConfig(maps: MappedMaps, { rows, cpus }: Dimensions, options: DatapathOptions): void {
  const { fields } = structs.tg_config;
  const words = maps.config.u32;
  words[fields.layout_version >> 2] = layoutVersion;
  words[fields.rows >> 2] = rows;
  words[fields.cpus >> 2] = cpus;
  words[fields.samples_per_slice >> 2] = budgetPerSlice(options.samplesPerSecondMax);
  // Slot 0 is the overflow row.
  Atomics.compareExchange(maps.state.u32, structs.tg_state.fields.next_slot >> 2, 0, 1);
}

function prefixWriter(object: BpfObject, maps: MappedMaps): Datapath['setPrefixes'] {
  const [protectFd, safelistFd] = [object.mapFd('protect'), object.mapFd('safelist')];
  return ({ protect, safelist }) => {
    const entries = writePrefixes(safelistFd, safelist, 'The safelist');
    maps.config.u32[structs.tg_config.fields.safelist_entries >> 2] = entries;
    writePrefixes(protectFd, protect, 'protect');
  };
}

/** Pins of maps that could not be adopted are replaced; whoever holds them still keeps them until it ends. */
function pinMaps(pins: PinFolder, object: BpfObject): void {
  for (const name of pinnedMaps) {
    pins.unpin(name);
    pins.pin(object.mapFd(name), name);
  }
}

function notesOf(attachments: readonly Attachment[], wanted: WantedMode, mismatch: string | null): string[] {
  const notes = attachments
    .filter(({ mode }) => wanted === 'auto' && mode === 'generic')
    .map(({ interfaceName }) => `the driver of ${interfaceName} does no native XDP: generic mode is slower`);
  if (mismatch !== null) notes.push(`an earlier agent's rules and counters were replaced: ${mismatch}`);
  return notes;
}

interface Parts {
  readonly pins: PinFolder;
  readonly object: BpfObject;
  readonly maps: MappedMaps;
  readonly attachments: readonly Attachment[];
  readonly adopted: boolean;
  readonly notes: readonly string[];
  readonly writer: Datapath['setPrefixes'];
}

function datapathOf(parts: Parts, dimensions: Dimensions): Datapath {
  const { pins, object, maps, attachments, adopted, notes, writer } = parts;
  let closed = false;
  return {
    ...dimensions,
    ...{ maps, attachments, adopted, notes },
    targetsFd: object.mapFd('targets'),
    freeSlotsFd: object.mapFd('free_slots'),
    programFd: object.programFd('tidegate'),
    setPrefixes: writer,
    lostInterfaces: () => lostInterfaces(attachments),
    close: ({ keep }) => {
      if (closed) return;
      closed = true;
      if (keep) {
        for (const { link } of attachments) closeFd(link);
      } else {
        detach(pins, attachments);
        pins.remove();
      }
      maps.release();
      object.close();
    },
  };
}
