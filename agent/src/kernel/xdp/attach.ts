/** The program on its interfaces: adopting links that are pinned, making new ones, and never evicting a stranger's. */
import { TidegateError } from '@tidegate/schemas';
import { closeFd, interfaceIndex } from '../libc.ts';
import type { PinFolder } from '../pins.ts';
import {
  createXdpLink,
  detachLink,
  interfaceOfLink,
  programName,
  programOfLink,
  replaceProgram,
  xdpOn,
  type XdpMode,
} from '../xdp-link.ts';
import {
  isDispatched,
  modeBehindDispatcher,
  openDispatched,
  unpinDispatched,
  type Dispatched,
} from './dispatched.ts';

export type WantedMode = XdpMode | 'auto';

/** The program on one interface. */
export interface Attachment {
  readonly interfaceName: string;
  readonly mode: XdpMode;
  readonly link: number;
  /** Put behind a dispatcher by a one-shot, which alone takes it out again; null where this process attached it. */
  readonly dispatched: Dispatched | null;
}

interface PinnedLink {
  readonly pin: string;
  readonly link: number;
  /** 0: the interface is gone. */
  readonly interfaceIndex: number;
  readonly programId: number;
}

const pinPrefix = 'link_';
// bpffs keeps names with a dot for itself; an interface name holds neither space nor slash, but may hold a dot.
const pinOf = (interfaceName: string): string => pinPrefix + interfaceName.replaceAll('.', ' ');

/** The interfaces, ready to be attached to. Nothing has been touched yet. */
export interface AttachPlan {
  /** Puts the program on every interface; what was attached before a failure is taken back. */
  attach(programFd: number): Attachment[];
  /** Lets go of what the plan holds, where `attach` was never called. */
  readonly abandon: () => void;
}

/** Throws TG2001 where an interface is missing or carries another program. */
export function planAttachment(pins: PinFolder, interfaces: readonly string[], mode: WantedMode): AttachPlan {
  const pinned = openPinnedLinks(pins);
  const opened = pinned.map(({ link }) => link);
  const abandon = (): void => {
    for (const fd of opened.splice(0)) closeFd(fd);
  };
  try {
    const wanted = interfaces.map((name) => {
      const planned = planInterface(pins, name, mode, pinned);
      if (planned.behind !== null) opened.push(planned.behind.dispatched.link);
      return planned;
    });
    const attach = (programFd: number): Attachment[] => {
      opened.length = 0;
      return attachAll(pins, wanted, pinned, programFd);
    };
    return { attach, abandon };
  } catch (error) {
    abandon();
    throw error;
  }
}

/** The caller closes each `link`. */
export function openPinnedLinks(pins: PinFolder): PinnedLink[] {
  return pins
    .names()
    .filter((name) => name.startsWith(pinPrefix))
    .flatMap((pin) => {
      const link = pins.open(pin);
      return link === null
        ? []
        : [{ pin, link, interfaceIndex: interfaceOfLink(link), programId: programOfLink(link) }];
    });
}

interface PlannedInterface {
  readonly name: string;
  readonly index: number;
  readonly modes: readonly XdpMode[];
  readonly adopted: { readonly link: PinnedLink; readonly mode: XdpMode } | null;
  readonly behind: { readonly dispatched: Dispatched; readonly mode: XdpMode } | null;
}

function planInterface(
  pins: PinFolder,
  name: string,
  wanted: WantedMode,
  pinned: readonly PinnedLink[],
): PlannedInterface {
  const index = interfaceIndex(name);
  if (index === 0)
    throw new TidegateError('TG2001', `There is no interface ${name}; correct interfaces of the NodeGroup.`);
  const present = xdpOn(index);
  const modes: XdpMode[] = wanted === 'auto' ? ['native', 'generic'] : [wanted];
  const behind = findBehindDispatcher(pins, name);
  if (behind !== null) return { name, index, modes, adopted: null, behind };
  const link = pinned.find((candidate) => candidate.interfaceIndex === index);
  if (present.programId !== 0 && present.programId !== link?.programId) {
    throw new TidegateError(
      'TG2001',
      `Another XDP program (${programName(present.programId)}, id ${present.programId}) is attached to ${name}. ` +
        'It stays. Where libxdp loaded it, tidegate-agent attach (as root, once) puts ours beside it; ' +
        'else detach it first (ip link set dev ... xdp off), or set capture.source to pcap.',
    );
  }
  const fits = link !== undefined && present.mode !== 'other' && modes.includes(present.mode);
  return { name, index, modes, adopted: fits ? { link, mode: present.mode } : null, behind: null };
}

/** What a one-shot left, where it is still in force; what is left of one that is not goes. Throws TG2001. */
function findBehindDispatcher(pins: PinFolder, name: string): PlannedInterface['behind'] {
  const dispatched = openDispatched(pins, name);
  if (dispatched === null) return null;
  const shared = ['config', 'rules'].map((map) => pins.open(map)).filter((fd) => fd !== null);
  try {
    const mode = modeBehindDispatcher(dispatched, shared);
    if (mode !== null) return { dispatched, mode };
    unpinDispatched(pins, name);
    closeFd(dispatched.link);
    return null;
  } catch (error) {
    closeFd(dispatched.link);
    throw error;
  } finally {
    for (const fd of shared) closeFd(fd);
  }
}

function attachAll(
  pins: PinFolder,
  wanted: readonly PlannedInterface[],
  pinned: readonly PinnedLink[],
  programFd: number,
): Attachment[] {
  const kept = new Set(wanted.flatMap(({ adopted }) => (adopted === null ? [] : [adopted.link])));
  // Links of interfaces that are no longer wanted, or in the wrong mode.
  for (const link of pinned) if (!kept.has(link)) drop(pins, link.pin, link.link);
  const made: Attachment[] = [];
  try {
    return wanted.map(({ name, index, modes, adopted, behind }) => {
      if (behind !== null) {
        const { dispatched, mode } = behind;
        return { interfaceName: name, mode, link: dispatched.link, dispatched };
      }
      if (adopted !== null) {
        replaceProgram(adopted.link.link, programFd);
        return { interfaceName: name, mode: adopted.mode, link: adopted.link.link, dispatched: null };
      }
      const attachment = attachOne(name, index, modes, programFd);
      made.push(attachment);
      pins.pin(attachment.link, pinOf(name));
      return attachment;
    });
  } catch (error) {
    detach(pins, made);
    for (const { link } of kept) closeFd(link);
    throw error;
  }
}

function attachOne(name: string, index: number, modes: readonly XdpMode[], programFd: number): Attachment {
  const refusals: string[] = [];
  for (const mode of modes) {
    const link = createXdpLink(programFd, index, mode);
    if (typeof link === 'number') return { interfaceName: name, mode, link, dispatched: null };
    refusals.push(`${mode}: ${link.refusal}`);
  }
  throw new TidegateError('TG2001', `The kernel does not attach XDP to ${name} (${refusals.join('; ')}).`);
}

/** Takes the program off these interfaces, but for those where a one-shot put it behind a dispatcher. */
export function detach(pins: PinFolder, attachments: readonly Attachment[]): void {
  for (const { interfaceName, link, dispatched } of attachments) {
    if (dispatched === null) drop(pins, pinOf(interfaceName), link);
    else closeFd(link);
  }
}

function drop(pins: PinFolder, pin: string, link: number): void {
  // Closing the last reference detaches too, but on older kernels some time later.
  detachLink(link);
  pins.unpin(pin);
  closeFd(link);
}

/** Interfaces that the program is no longer on: they are gone, or have another dispatcher. */
export const lostInterfaces = (attachments: readonly Attachment[]): string[] =>
  attachments
    .filter(({ link, dispatched }) =>
      dispatched === null ? interfaceOfLink(link) === 0 : !isDispatched(dispatched),
    )
    .map(({ interfaceName }) => interfaceName);
