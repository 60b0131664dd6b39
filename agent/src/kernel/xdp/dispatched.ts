/**
 * Our program as one of several behind a libxdp dispatcher, seen from the daemon: it was put there by a root one-shot
 * (dispatcher.ts), which left pins of the program and of its link in the instance's folder.
 *
 * What the daemon's four capabilities let it prove, and what is proved here: the link that is pinned runs our program
 * in a dispatcher, that dispatcher is the one on the interface now, and the program works on the pinned maps. What they
 * do not: which other programs the dispatcher runs, in which order, and whether one in front of ours takes packets
 * away; and, once another program was added or taken off, which makes libxdp build a new dispatcher, whether ours was
 * taken along. Then the attachment counts as lost until the one-shot is run again.
 */
import { TidegateError } from '@tidegate/schemas';
import koffi from 'koffi';
import { kernelInfo } from '../bpf-map.ts';
import { libbpf, orThrow } from '../libbpf.ts';
import { closeFd, interfaceIndex } from '../libc.ts';
import type { PinFolder } from '../pins.ts';
import { xdpOn, type XdpMode } from '../xdp-link.ts';

const prefix = { link: 'dispatched_link_', program: 'dispatched_program_' } as const;
// As in attach.ts: bpffs keeps names with a dot for itself.
const pinOf = (kind: keyof typeof prefix, interfaceName: string): string =>
  prefix[kind] + interfaceName.replaceAll('.', ' ');

/** What a one-shot left of one interface. */
export interface Dispatched {
  readonly interfaceName: string;
  /** Descriptor of the link of our program into the dispatcher. */
  readonly link: number;
  readonly programId: number;
  /** The dispatcher that the link leads into. */
  readonly dispatcherId: number;
  readonly mapIds: readonly number[];
  /** Of the program's instructions; the same wherever the same object is loaded. */
  readonly tag: bigint;
}

/** Dispatchers that our program is behind: ids by interface index. */
export function dispatchersOf(pins: PinFolder): Map<number, number> {
  const found = dispatchedInterfaces(pins).map((name) => openDispatched(pins, name));
  return new Map(
    found.flatMap((each) => {
      if (each === null) return [];
      closeFd(each.link);
      return [[interfaceIndex(each.interfaceName), each.dispatcherId]];
    }),
  );
}

/** Interfaces that a one-shot attached to, whether or not they are still so. */
export const dispatchedInterfaces = (pins: PinFolder): string[] =>
  pins
    .names()
    .filter((name) => name.startsWith(prefix.link))
    .map((name) => name.slice(prefix.link.length).replaceAll(' ', '.'));

export function pinDispatched(
  pins: PinFolder,
  interfaceName: string,
  fds: { link: number; program: number },
): void {
  unpinDispatched(pins, interfaceName);
  pins.pin(fds.program, pinOf('program', interfaceName));
  pins.pin(fds.link, pinOf('link', interfaceName));
}

export function unpinDispatched(pins: PinFolder, interfaceName: string): void {
  for (const kind of ['link', 'program'] as const) pins.unpin(pinOf(kind, interfaceName));
}

/** Null where no one-shot attached to the interface. The caller closes `link`. */
export function openDispatched(pins: PinFolder, interfaceName: string): Dispatched | null {
  const link = pins.open(pinOf('link', interfaceName));
  if (link === null) return null;
  const program = pins.open(pinOf('program', interfaceName));
  if (program === null) {
    closeFd(link);
    return null;
  }
  try {
    return { interfaceName, link, ...linkTarget(link), ...describeProgram(program) };
  } finally {
    closeFd(program);
  }
}

/** Whether the dispatcher that our program is in is the one on the interface. */
export const isDispatched = ({ interfaceName, dispatcherId }: Dispatched): boolean =>
  dispatcherId !== 0 && presentOn(interfaceName).programId === dispatcherId;

const presentOn = (interfaceName: string): ReturnType<typeof xdpOn> => {
  const index = interfaceIndex(interfaceName);
  return index === 0 ? { programId: 0, mode: 'other' } : xdpOn(index);
};

/**
 * The mode in which our program runs behind the dispatcher of an interface. Null where it does not, and the interface
 * is free. Throws TG2001 where something else is there now, or where the program works on other maps than `mapFds`.
 */
export function modeBehindDispatcher(found: Dispatched, mapFds: Iterable<number>): XdpMode | null {
  const present = presentOn(found.interfaceName);
  if (present.programId === 0) return null;
  if (!isDispatched(found)) {
    throw new TidegateError(
      'TG2001',
      `The XDP dispatcher of ${found.interfaceName} was built anew since our program was put into it; whether it still is in there takes root to see. ${again(found.interfaceName)}`,
    );
  }
  for (const fd of mapFds) {
    if (!found.mapIds.includes(mapId(fd))) {
      throw new TidegateError(
        'TG2001',
        `Our program behind the XDP dispatcher of ${found.interfaceName} works on other maps than those that are pinned. ${again(found.interfaceName)}`,
      );
    }
  }
  return present.mode === 'other' ? 'native' : present.mode;
}

const again = (name: string): string =>
  `As root: tidegate-agent attach --detach --interface ${name}, then the same without --detach.`;

/** struct bpf_map_info: type, then the id. */
const mapId = (fd: number): number => kernelInfo(fd, 88).getUint32(4, true);

/** struct bpf_link_info: type, id, program id, then for tracing links: attach type, id of the target program. */
function linkTarget(link: number): { programId: number; dispatcherId: number } {
  const info = kernelInfo(link, 32);
  return { programId: info.getUint32(8, true), dispatcherId: info.getUint32(20, true) };
}

const mapsMax = 64;
/** struct bpf_prog_info: type, id, tag, …, `nr_map_ids` and, behind it, the address of the room for them. */
const at = { tag: 8, mapCount: 52, mapIds: 56, bytes: 88 } as const;

function describeProgram(fd: number): { mapIds: number[]; tag: bigint } {
  const ids = new Uint32Array(mapsMax);
  const info = new Uint8Array(at.bytes);
  const view = new DataView(info.buffer);
  view.setUint32(at.mapCount, mapsMax, true);
  view.setBigUint64(at.mapIds, koffi.address(ids), true);
  orThrow(libbpf().infoByFd(fd, info, Uint32Array.of(at.bytes)), 'ask the kernel about an eBPF program');
  const count = Math.min(mapsMax, view.getUint32(at.mapCount, true));
  return { mapIds: [...ids.subarray(0, count)], tag: view.getBigUint64(at.tag, true) };
}

/** What a person should know where a dispatcher runs another version of the program than this process brings. */
export function versionNotes(
  attachments: readonly { readonly dispatched: Dispatched | null }[],
  programFd: number,
): string[] {
  const { tag } = describeProgram(programFd);
  return attachments.flatMap(({ dispatched }) =>
    dispatched === null || dispatched.tag === tag
      ? []
      : [
          `the dispatcher of ${dispatched.interfaceName} runs another version of our program. ${again(dispatched.interfaceName)}`,
        ],
  );
}

/**
 * Maps beyond `known` that a program behind a dispatcher shares with the daemon, where there is one: descriptors by
 * name, the caller's to close. Throws TG2001 where its maps cannot be shared, for the reason `mismatch`.
 */
export function openSharedMaps(
  pins: PinFolder,
  known: ReadonlyMap<string, number>,
  mismatch: string | null,
): Map<string, number> {
  const [first] = dispatchedInterfaces(pins);
  if (first === undefined) return new Map();
  if (mismatch !== null)
    throw new TidegateError(
      'TG2001',
      `Our program behind the XDP dispatcher of ${first} cannot be used: ${mismatch}. ${again(first)}`,
    );
  const names = pins.names().filter((name) => !known.has(name) && !/^(dispatched_|link_)/.test(name));
  return new Map(names.map((name) => [name, pins.open(name)!]));
}
