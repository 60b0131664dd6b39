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
import { closeFd, interfaceIndex } from '../libc.ts';
import { openPinFolder, type PinFolder } from '../pins.ts';
import { attachEgress, detachEgress } from '../tc.ts';
import { detach, lostInterfaces, planAttachment, type Attachment, type WantedMode } from './attach.ts';
import { dispatchedInterfaces, openSharedMaps, versionNotes } from './dispatched.ts';
import {
  dimensionsOf,
  mapMemory,
  mapSizes,
  openPinnedMaps,
  pinnedMaps,
  type Dimensions,
  type MappedMaps,
  type SizeOptions,
} from './maps.ts';
import { createProtection, type Ceiling } from './protection.ts';
import { createSafelist } from './safelist.ts';
import { forgetCachedTargets, setSwitch, writeSettings, type Switch } from './settings.ts';

export type { WantedMode } from './attach.ts';
export type { Ceiling } from './protection.ts';
export type { Rate } from './limit.ts';
export { encodeLimit } from './limit.ts';
export { attachedPrograms, tryLoading } from './examine.ts';
export { sourceByteAt } from './safelist.ts';
export { firstTarget } from './maps.ts';
export {
  ceilingClasses,
  configFlag,
  malformedKinds,
  payloadBytesMax,
  rowCounter,
  ruleFlag,
  rulesMax,
  sampleBytesMax,
  sampleFlag,
  seenWords,
  sketchColumns,
  sketchRows,
  structs,
  verdictCode,
} from './layout.ts';
export type { CeilingClass, MalformedKind } from './layout.ts';

/** What is protected, from whom, and how much of it may arrive. */
export interface DatapathPolicy {
  readonly protect: readonly string[];
  readonly safelist: readonly string[];
  /** @default none */
  readonly ceilings?: readonly Ceiling[];
  /** Ceilings, blocklists and indicators count what they would drop, and drop nothing. @default false */
  readonly observe?: boolean;
  /** Packets inside GRE, or inside IP, are what counts. @default neither */
  readonly decapsulate?: { readonly gre?: boolean; readonly ip?: boolean };
}

export interface DatapathOptions extends DatapathPolicy, SizeOptions {
  readonly instance: string;
  readonly interfaces: readonly string[];
  readonly samplesPerSecondMax: number;
  readonly mode: WantedMode;
  /** Packets a second that are looked at closely, for the ring and for sources. @default 170000 */
  readonly looksPerSecondMax?: number;
}

export interface Datapath extends Dimensions {
  readonly maps: MappedMaps;
  /** Address (16 bytes) to slot (u32). */
  readonly targetsFd: number;
  readonly freeSlotsFd: number;
  /** Map of the map of indicators. */
  readonly indicatorsFd: number;
  readonly blockFd: number;
  readonly blockPrefixesFd: number;
  readonly forensicFd: number;
  /** The program, for test runs. */
  readonly programFd: number;
  readonly attachments: readonly Attachment[];
  /** Whether the maps are those of an earlier process, with its targets and rules. */
  readonly adopted: boolean;
  /** What a person should know about this start. */
  readonly notes: readonly string[];
  /** The slot that counts for a protected prefix what found the table of targets full, by prefix. */
  readonly prefixSlots: ReadonlyMap<string, number>;
  /** Throws TG2001 where it does not fit. */
  setPolicy(policy: DatapathPolicy): void;
  setSwitch(name: Switch, isOn: boolean): void;
  /** An address lost its slot, or got the chance of one: no CPU goes on counting it where it did. */
  forgetCachedTargets(): void;
  /** Interfaces that are gone, and the program with them. */
  lostInterfaces(): string[];
  /** With `keep` everything stays in force and pinned; without, nothing of ours stays behind. */
  close(options: { readonly keep: boolean }): void;
}

// So many that 51,000 packets/s are looked at one by one: three quarters of a slice's budget, a quarter of the maximum.
const looksPerSecondDefault = 170_000;
const egressProgram = 'tidegate_out';

/** Throws TG2001 with the reason where XDP cannot be had. */
export function openDatapath(options: DatapathOptions): Datapath {
  const dimensions = dimensionsOf(options);
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
    const shared = openSharedMaps(pins, fds, mismatch);
    const object = loadWith(new Map([...fds, ...shared]), dimensions);
    undo.push(object.close);
    const maps = mapMemory(object, dimensions);
    undo.push(maps.release);
    const adopted = fds.size > 0;
    // A ring that is shared holds samples that an earlier process did not fetch.
    if (shared.size > 0) maps.samples.skip();
    writeSettings(maps, dimensions, { looksPerSecondMax: looksPerSecondDefault, ...options });
    // Another version of the program may stand behind the switches; each is set anew by whoever needs it.
    setSwitch(maps, 'forensicFrozen', false);
    const policy = policyWriter(object, maps);
    policy.set(options);
    const attachments = plan.attach(object.programFd('tidegate'));
    if (!adopted) {
      undo.push(() => detach(pins, attachments));
      pinMaps(pins, object);
    }
    const notes = [
      ...notesOf(attachments, options.mode, mismatch),
      ...watchOutgoing(object, options.interfaces),
      ...versionNotes(attachments, object.programFd('tidegate')),
    ];
    return datapathOf({ pins, object, maps, attachments, adopted, notes, policy }, dimensions);
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

interface PolicyWriter {
  set(policy: DatapathPolicy): void;
  readonly prefixSlots: ReadonlyMap<string, number>;
}

function policyWriter(object: BpfObject, maps: MappedMaps): PolicyWriter {
  const protection = createProtection(maps, object.mapFd('protect'));
  const setSafelist = createSafelist(maps, object.mapFd('safelist'));
  return {
    prefixSlots: protection.prefixSlots,
    set: ({ protect, safelist, ceilings = [], observe = false, decapsulate = {} }) => {
      setSafelist(safelist);
      setSwitch(maps, 'observe', observe);
      setSwitch(maps, 'decapsulateGre', decapsulate.gre ?? false);
      setSwitch(maps, 'decapsulateIp', decapsulate.ip ?? false);
      protection.set(protect, ceilings);
      forgetCachedTargets(maps);
    },
  };
}

/** Counts what the interfaces send; returns what to tell where it cannot. */
function watchOutgoing(object: BpfObject, interfaces: readonly string[]): string[] {
  return interfaces.flatMap((name) => {
    const refusal = attachEgress(object.programFd(egressProgram), egressProgram, interfaceIndex(name));
    return refusal === null ? [] : [`what ${name} sends is not counted: ${refusal}`];
  });
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
  readonly policy: PolicyWriter;
}

function datapathOf(parts: Parts, dimensions: Dimensions): Datapath {
  const { pins, object, maps, attachments, adopted, notes, policy } = parts;
  let closed = false;
  return {
    ...dimensions,
    ...{ maps, attachments, adopted, notes },
    targetsFd: object.mapFd('targets'),
    freeSlotsFd: object.mapFd('free_slots'),
    indicatorsFd: object.mapFd('indicators'),
    blockFd: object.mapFd('block'),
    blockPrefixesFd: object.mapFd('block_prefixes'),
    forensicFd: object.mapFd('forensic'),
    programFd: object.programFd('tidegate'),
    prefixSlots: policy.prefixSlots,
    setPolicy: (next) => {
      policy.set(next);
    },
    setSwitch: (name, isOn) => {
      setSwitch(maps, name, isOn);
    },
    forgetCachedTargets: () => {
      forgetCachedTargets(maps);
    },
    lostInterfaces: () => lostInterfaces(attachments),
    close: ({ keep }) => {
      if (closed) return;
      closed = true;
      if (keep) {
        for (const { link } of attachments) closeFd(link);
      } else {
        for (const { interfaceName } of attachments)
          detachEgress(egressProgram, interfaceIndex(interfaceName));
        detach(pins, attachments);
        // A program behind a dispatcher stays; where nothing is protected it lets everything pass uncounted.
        if (dispatchedInterfaces(pins).length === 0) pins.remove();
        else policy.set({ protect: [], safelist: [] });
      }
      maps.release();
      object.close();
    },
  };
}
