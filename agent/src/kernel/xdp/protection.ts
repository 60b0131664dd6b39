/**
 * What is protected, and what each part of it may receive: prefixes with a row of their own, and profiles of ceilings.
 *
 * A prefix keeps its row when the policy changes, so its counters go on. A target takes the profile of its prefix with
 * its first packet, from the kernel; when profiles change, those that are known are told here.
 */
import { TidegateError, cidrCovers, parseCidr, type IpPrefix } from '@tidegate/schemas';
import { lookupElement } from '../bpf-map.ts';
import { ceilingClasses, prefixesMax, profilesMax, structs, type CeilingClass } from './layout.ts';
import { encodeLimit, type Rate } from './limit.ts';
import type { MappedMaps } from './maps.ts';
import { firstTarget } from './maps.ts';
import { addressKey, prefixKey, readTrie, writeTrie } from './prefixes.ts';

/** Ceilings from the policy: what one target may receive, from its first packet on. */
export interface Ceiling {
  /** Protected prefixes that it is for; none means all. The longest prefix wins. */
  readonly targets: readonly string[];
  readonly limits: Readonly<Partial<Record<CeilingClass, Rate>>>;
}

const value = structs.tg_protected;
const profile = structs.tg_profile;
const slot = structs.tg_slot;

export interface Protection {
  /** Puts prefixes and ceilings into force. Throws TG2001 where they do not fit, and has then changed nothing. */
  set(protect: readonly string[], ceilings: readonly Ceiling[]): void;
  /** The slot that counts for a prefix what found the table of targets full, by prefix. */
  readonly prefixSlots: ReadonlyMap<string, number>;
}

export function createProtection(maps: MappedMaps, protectFd: number): Protection {
  const prefixSlots = new Map<string, number>();
  return {
    prefixSlots,
    set: (protect, ceilings) => {
      if (ceilings.length >= profilesMax)
        throw new TidegateError(
          'TG2001',
          `There are ${ceilings.length} ceilings; the kernel holds ${profilesMax - 1}.`,
        );
      const encoded = ceilings.map(encodeProfile);
      const wanted = assign(protect, ceilings, readTrie(protectFd, value.size));
      for (const [index, bytes] of encoded.entries())
        maps.profiles.bytes.set(bytes, (index + 1) * profile.size);
      writeTrie(protectFd, wanted, 'protect');
      maps.profiles.bytes.fill(0, (ceilings.length + 1) * profile.size);
      prefixSlots.clear();
      for (const entry of wanted) prefixSlots.set(entry.prefix.text, entry.slot);
      retell(maps, protectFd);
    },
  };
}

interface Assigned {
  readonly prefix: IpPrefix;
  readonly slot: number;
  readonly value: Uint8Array;
}

/** Each prefix with its row (the one that it has, else the lowest that is free) and the profile that is for it. */
function assign(
  protect: readonly string[],
  ceilings: readonly Ceiling[],
  present: ReadonlyMap<string, Uint8Array>,
): Assigned[] {
  const owned = protect.map((cidr) => parseCidr(cidr));
  const named = ceilings.flatMap(({ targets }) => targets.map((cidr) => parseCidr(cidr)));
  const inside = named.filter((prefix) => owned.some((owner) => cidrCovers(owner, prefix)));
  const prefixes = [...new Map([...owned, ...inside].map((prefix) => [prefix.text, prefix])).values()];
  if (prefixes.length > prefixesMax)
    throw new TidegateError(
      'TG2001',
      `protect and the targets of ceilings are ${prefixes.length} prefixes; the kernel table holds ${prefixesMax}.`,
    );
  const slotOf = (prefix: IpPrefix): number =>
    new DataView(present.get(prefixKey(prefix))?.buffer ?? new ArrayBuffer(value.size)).getUint32(
      value.fields.slot,
      true,
    );
  const taken = new Set(prefixes.map(slotOf));
  let next = 1;
  return prefixes.map((prefix) => {
    let own = slotOf(prefix);
    if (own === 0) {
      while (taken.has(next)) next++;
      own = next;
      taken.add(own);
    }
    const bytes = new DataView(new ArrayBuffer(value.size));
    bytes.setUint32(value.fields.slot, own, true);
    bytes.setUint32(value.fields.profile, profileOf(prefix, ceilings), true);
    return { prefix, slot: own, value: new Uint8Array(bytes.buffer) };
  });
}

/** Number of the profile of the ceiling with the longest prefix around this one; 0 where there is none. */
function profileOf(prefix: IpPrefix, ceilings: readonly Ceiling[]): number {
  let [best, bestLength] = [0, -1];
  for (const [index, { targets }] of ceilings.entries()) {
    const lengths = targets
      .map((cidr) => parseCidr(cidr))
      .filter((target) => cidrCovers(target, prefix))
      .map(({ length }) => length);
    const length = targets.length === 0 ? 0 : Math.max(-1, ...lengths);
    if (length > bestLength || (length === bestLength && targets.length > 0))
      [best, bestLength] = [index + 1, length];
  }
  return best;
}

function encodeProfile({ limits }: Ceiling): Uint8Array {
  const bytes = new Uint8Array(profile.size);
  let classes = 0;
  for (const [index, name] of ceilingClasses.entries()) {
    const rate = limits[name];
    if (rate === undefined) continue;
    classes |= 1 << index;
    bytes.set(encodeLimit(rate), profile.fields.limits + index * structs.tg_limit.size);
  }
  new DataView(bytes.buffer).setUint32(profile.fields.classes, classes, true);
  return bytes;
}

/**
 * Targets that have a slot take the profile that their prefix has now. A ceiling of a class that the new profile lacks
 * is no longer asked for; one of the target alone (see ceilings.ts) is set anew by whoever measured it.
 */
function retell({ slots, state, profiles }: MappedMaps, protectFd: number): void {
  const view = new DataView(slots.bytes.buffer);
  const found = new Uint8Array(value.size);
  const { buffer } = found;
  const classesOf = (number: number): number =>
    profiles.u32[(number * profile.size + profile.fields.classes) / 4]!;
  const end = Math.min(state.u32[structs.tg_state.fields.next_slot >> 2]!, slots.bytes.length / slot.size);
  for (let number = firstTarget; number < end; number++) {
    const at = number * slot.size;
    if (slots.u64[(at + slot.fields.first_ns) / 8] === 0n) continue;
    const address = slots.bytes.slice(at + slot.fields.address, at + slot.fields.address + 16);
    if (!lookupElement(protectFd, addressKey(address), found)) continue;
    const [prefixSlot, number16] = new Uint32Array(buffer);
    view.setUint16(at + slot.fields.profile, number16!, true);
    view.setUint8(at + slot.fields.held_classes, classesOf(number16!));
    view.setUint32(at + slot.fields.prefix_slot, prefixSlot!, true);
  }
}
