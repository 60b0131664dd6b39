/**
 * Puts our program beside others into the libxdp dispatcher of an interface, and takes it out again. Root only: libxdp
 * enumerates programs, which takes CAP_SYS_ADMIN. The daemon does neither; it finds what was left here (dispatched.ts).
 *
 * Promises: the program shares the pinned maps of the instance, so that it counts and drops for a daemon that runs
 * already or is started later; a program that is no dispatcher's is refused and never evicted; the other programs
 * of a dispatcher stay, also when ours goes; a failure leaves the interface as it was.
 */
import { TidegateError } from '@tidegate/schemas';
import { openObject } from '../bpf-object.ts';
import { libbpf, orThrow, type Handle } from '../libbpf.ts';
import { closeFd, interfaceIndex } from '../libc.ts';
import { libxdp, libxdpMode, orRefuse, pointerOrNull, programOptions } from '../libxdp.ts';
import { findPinFolder, openPinFolder, type PinFolder } from '../pins.ts';
import { programName, xdpOn, type XdpMode } from '../xdp-link.ts';
import { openPinnedLinks } from './attach.ts';
import {
  dispatchedInterfaces,
  isDispatched,
  openDispatched,
  pinDispatched,
  unpinDispatched,
} from './dispatched.ts';
import { isDispatcherOn, openSlot, takeOut } from './dispatcher-slot.ts';
import { openDatapath, type DatapathOptions } from './index.ts';
import { dimensionsOf, mapSizes, openPinnedMaps, type Dimensions } from './maps.ts';

export interface DispatcherOptions extends Pick<
  DatapathOptions,
  'instance' | 'interfaces' | 'targetsMax' | 'forensicBytes' | 'samplesPerSecondMax' | 'mode'
> {
  /** Programs of a dispatcher run in ascending order of it; xdp-filter has 10, the default of libxdp is 50. */
  readonly priority: number;
}

/** What was done on one interface. */
export interface DispatcherResult {
  readonly interfaceName: string;
  readonly done: 'attached' | 'was attached' | 'detached' | 'was not attached';
  readonly mode: XdpMode | null;
}

const program = 'tidegate';
const actionPass = 2;

/** Throws TG2001 with the reason, and then has attached nothing. */
export function attachBesideOthers(options: DispatcherOptions): DispatcherResult[] {
  const places = options.interfaces.map((name) => placeOn(name, options));
  const pins = openPinFolder(options.instance);
  const isNew = pins.names().length === 0;
  const made: string[] = [];
  try {
    // The datapath makes and fills the maps as the daemon would, and leaves them pinned.
    const datapath = { ...options, interfaces: [], protect: [], safelist: [] };
    const dimensions = dimensionsOf(datapath);
    if (isNew) openDatapath(datapath).close({ keep: true });
    refuseMismatch(pins, dimensions);
    return places.map((place) => {
      if (isAlreadyThere(pins, place.name))
        return { interfaceName: place.name, done: 'was attached', mode: place.mode };
      attachOne(pins, place, { dimensions, priority: options.priority });
      made.push(place.name);
      return { interfaceName: place.name, done: 'attached', mode: place.mode };
    });
  } catch (error) {
    for (const name of made) detachOne(pins, name);
    if (isNew) findPinFolder(options.instance)?.remove();
    throw error;
  }
}

/** Takes our program out; maps and rules stay with the daemon where one runs. */
export function detachFromOthers(
  instance: string,
  interfaces: readonly string[],
  isDaemonRunning: boolean,
): DispatcherResult[] {
  const pins = findPinFolder(instance);
  if (pins === null)
    return interfaces.map((interfaceName) => ({ interfaceName, done: 'was not attached', mode: null }));
  const known = dispatchedInterfaces(pins);
  const results = (interfaces.length === 0 ? known : interfaces).map((interfaceName): DispatcherResult => {
    const isOurs = known.includes(interfaceName) && detachOne(pins, interfaceName);
    return { interfaceName, done: isOurs ? 'detached' : 'was not attached', mode: null };
  });
  const isUnused = dispatchedInterfaces(pins).length === 0 && countOwnLinks(pins) === 0;
  if (isUnused && !isDaemonRunning) pins.remove();
  return results;
}

/** Throws TG2001 where the pinned maps are of another version or size. */
function refuseMismatch(pins: PinFolder, wanted: Dimensions): void {
  const { fds, mismatch } = openPinnedMaps(pins, wanted);
  for (const fd of fds.values()) closeFd(fd);
  if (mismatch !== null)
    throw new TidegateError(
      'TG2001',
      `The maps of an earlier agent cannot be shared: ${mismatch}. Start the agent once with this configuration, then run this again.`,
    );
}

function countOwnLinks(pins: PinFolder): number {
  const links = openPinnedLinks(pins);
  for (const { link } of links) closeFd(link);
  return links.length;
}

interface Place {
  readonly name: string;
  readonly index: number;
  readonly mode: XdpMode;
}

/** Throws TG2001 where there is no place for our program. */
function placeOn(name: string, { instance, mode }: DispatcherOptions): Place {
  const index = interfaceIndex(name);
  if (index === 0) throw new TidegateError('TG2001', `There is no interface ${name}.`);
  const present = xdpOn(index);
  if (present.programId === 0) return { name, index, mode: mode === 'generic' ? 'generic' : 'native' };
  refuseOwn(name, index, instance);
  if (!isDispatcherOn(index)) {
    throw new TidegateError(
      'TG2001',
      `Another XDP program (${programName(present.programId)}, id ${present.programId}) is attached to ${name} without a libxdp dispatcher, so there is no place beside it. ` +
        'It stays; detach it first, or have its loader attach it through libxdp (xdp-loader load), or set capture.source to pcap.',
    );
  }
  return { name, index, mode: present.mode === 'generic' ? 'generic' : 'native' };
}

function refuseOwn(name: string, index: number, instance: string): void {
  const pins = findPinFolder(instance);
  const links = pins === null ? [] : openPinnedLinks(pins);
  for (const { link } of links) closeFd(link);
  if (links.some(({ interfaceIndex: own }) => own === index))
    throw new TidegateError(
      'TG2001',
      `The agent has attached its program to ${name} by itself: there is nothing to do. To share the interface, stop the agent first (with onStop: remove).`,
    );
}

function isAlreadyThere(pins: PinFolder, name: string): boolean {
  const found = openDispatched(pins, name);
  if (found === null) return false;
  closeFd(found.link);
  return isDispatched(found);
}

function attachOne(
  pins: PinFolder,
  place: Place,
  { dimensions, priority }: { dimensions: Dimensions; priority: number },
): void {
  const xdp = libxdp();
  const object = openObject(program, { maxEntries: mapSizes(dimensions) });
  xdp.takeLog();
  try {
    leaveOutOthers(object);
    reusePins(pins, object);
    const nameText = Buffer.from(`${program}\0`);
    const ours = pointerOrNull(xdp.programCreate(programOptions(object, nameText)));
    if (ours === null)
      throw new TidegateError('TG2001', `libxdp does not take our program: ${xdp.takeLog()}`);
    try {
      orRefuse(xdp.setPriority(ours, priority), 'set the priority');
      orRefuse(xdp.setChainCall(ours, actionPass, true), 'let passed packets go on to the next program');
      const { name, index, mode } = place;
      orRefuse(xdp.attach(ours, index, libxdpMode[mode], 0), `attach through the dispatcher of ${name}`);
      leavePins(pins, place, object, xdp.programId(ours));
    } finally {
      xdp.programClose(ours);
    }
  } finally {
    libbpf().objectClose(object);
  }
}

/** libxdp loads the whole object: other programs in it are the daemon's business. */
function leaveOutOthers(object: Handle): void {
  const bpf = libbpf();
  const wanted = bpf.findProgram(object, program);
  for (let each = bpf.nextProgram(object, null); each !== null; each = bpf.nextProgram(object, each))
    if (each !== wanted) orThrow(bpf.programSetAutoload(each, false), 'leave out a program');
}

function* mapsOf(object: Handle): Generator<{ map: Handle; name: string }> {
  const bpf = libbpf();
  for (let map = bpf.nextMap(object, null); map !== null; map = bpf.nextMap(object, map))
    if (!bpf.mapIsInternal(map)) yield { map, name: bpf.mapName(map) };
}

function reusePins(pins: PinFolder, object: Handle): void {
  for (const { map, name } of mapsOf(object)) {
    const fd = pins.open(name);
    if (fd === null) continue;
    // libbpf takes a descriptor of its own.
    const code = libbpf().mapReuseFd(map, fd);
    closeFd(fd);
    orThrow(code, `reuse the map ${name}`);
  }
}

/** Pins the maps that the daemon makes anew at each start, and now has to share, and what it recognises us by. */
function leavePins(pins: PinFolder, place: Place, object: Handle, programId: number): void {
  try {
    // libxdp attaches a program alone where it can make no dispatcher, and says nothing.
    if (!isDispatcherOn(place.index))
      throw new TidegateError(
        'TG2001',
        `There can be no dispatcher on ${place.name}: this kernel takes no extension programs.`,
      );
    const taken = new Set(pins.names());
    for (const { map, name } of mapsOf(object)) if (!taken.has(name)) pins.pin(libbpf().mapFd(map), name);
    const fds = openSlot(place.index, programId);
    pinDispatched(pins, place.name, fds);
    for (const fd of Object.values(fds)) closeFd(fd);
  } catch (error) {
    takeOut(place.index, programId, place.mode);
    throw error;
  }
}

/** Returns whether our program was in the dispatcher; its pins are gone either way. */
function detachOne(pins: PinFolder, name: string): boolean {
  const found = openDispatched(pins, name);
  if (found === null) return false;
  closeFd(found.link);
  const index = interfaceIndex(name);
  const wasThere =
    index !== 0 && takeOut(index, found.programId, xdpOn(index).mode === 'generic' ? 'generic' : 'native');
  unpinDispatched(pins, name);
  return wasThere;
}
