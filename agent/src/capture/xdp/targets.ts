/**
 * Which address each slot counts. The kernel gives a slot to an address with its first packet; this table learns of
 * it, and takes slots back: from addresses that are no longer protected, and, when the table is nearly full, from
 * those that were silent for ten minutes.
 *
 * Bounds: `targetsMax` slots; a look learns at most 512 addresses and takes back at most 256 slots, so that a sweep over
 * all of them never holds the tick. An address that is learned a look later loses no count.
 */
import {
  cidrContains,
  formatAddress,
  parseAddress,
  parseCidr,
  type IpAddress,
  type IpPrefix,
} from '@tidegate/schemas';
import { deleteElement, lookupElement, pushElement } from '../../kernel/bpf-map.ts';
import { structs, type Datapath } from '../../kernel/xdp/index.ts';

const { size: slotBytes, fields } = structs.tg_slot;
const slotWords = slotBytes / 8;
const learnedPerLookMax = 512;
const retiredPerLookMax = 256;
const silentNs = 600e9;
/** Nearly full: fewer than one slot in eight is left. */
const spareShare = 8;

export interface TargetTable {
  /** Slots with a valid address. */
  readonly known: ReadonlySet<number>;
  /** Looks for addresses that the kernel has added, as many as a look may. */
  learn(nowNs: number): void;
  /** Address of a known slot, canonical text. */
  readonly addressOf: (slot: number) => string | undefined;
  /** Slot of an address, learned now where it is new. */
  slotOf(address: string, nowNs: number): number | undefined;
  /** Says that a slot counted something. */
  markActive(slot: number, nowNs: number): void;
  /** Slots outside of these prefixes are to be taken back. */
  setProtected(cidrs: readonly string[]): void;
  /** Takes slots back; `forget` is called for each before it is given away again. */
  retire(nowNs: number, forget: (slot: number) => void): void;
}

/** The slots' shared memory: bpf/structs.h, struct tg_slot. */
interface SlotMemory {
  /** Address of a slot, 16 bytes; null while the kernel has not given it out, or is just about to. */
  address(slot: number): Uint8Array | null;
  hasRules(slot: number): boolean;
  /** Asks the kernel for an address's slot. */
  lookup(address: Uint8Array): number | undefined;
  /** Lowest slot that was never given out. */
  next(): number;
  /** From here on the address has no slot. */
  withdraw(address: Uint8Array): void;
  giveBack(slot: number): void;
}

function openSlots({ maps, rows, targetsFd, freeSlotsFd }: Datapath): SlotMemory {
  const { next_slot: nextSlot, returned_slots: returned } = structs.tg_state.fields;
  return {
    address: (slot) => {
      if (Atomics.load(maps.slots.u64, slot * slotWords + fields.first_ns / 8) === 0n) return null;
      const at = slot * slotBytes + fields.address;
      return maps.slots.bytes.slice(at, at + 16);
    },
    hasRules: (slot) => maps.slots.u64[slot * slotWords + fields.rule_mask / 8] !== 0n,
    lookup: (address) => {
      const slot = new Uint8Array(4);
      return lookupElement(targetsFd, address, slot)
        ? new DataView(slot.buffer).getUint32(0, true)
        : undefined;
    },
    next: () => Math.min(Atomics.load(maps.state.u32, nextSlot >> 2), rows),
    withdraw: (address) => void deleteElement(targetsFd, address),
    giveBack: (slot) => {
      maps.slots.u64.fill(0n, slot * slotWords, (slot + 1) * slotWords);
      pushElement(freeSlotsFd, new Uint8Array(Uint32Array.of(slot).buffer));
      Atomics.store(maps.state.u32, returned >> 2, 1);
    },
  };
}

export function createTargetTable(datapath: Datapath, cidrs: readonly string[]): TargetTable {
  const { rows } = datapath;
  const slots = openSlots(datapath);
  const bySlot = new Map<number, IpAddress>();
  const known = new Set<number>();
  const byAddress = new Map<string, number>();
  const activeNs = new Float64Array(rows);
  /** Given out or given back, and without an address so far. */
  const waiting = new Set<number>();
  const leaving: number[] = [];
  let prefixes: readonly IpPrefix[] = cidrs.map((cidr) => parseCidr(cidr));
  /** Whether there may be addresses outside of the prefixes. */
  let strangers = true;
  let seenSlots = 1;

  const learnSlot = (slot: number, nowNs: number): boolean => {
    const bytes = slots.address(slot);
    if (bytes === null) return false;
    const text = formatAddress(bytes);
    const address: IpAddress = { family: text.includes(':') ? 6 : 4, bytes, text };
    bySlot.set(slot, address);
    known.add(slot);
    byAddress.set(address.text, slot);
    activeNs[slot] = nowNs;
    return true;
  };
  const withdraw = (slot: number, address: IpAddress): void => {
    slots.withdraw(address.bytes);
    bySlot.delete(slot);
    known.delete(slot);
    byAddress.delete(address.text);
    leaving.push(slot);
  };
  const learn = (nowNs: number): void => {
    let left = learnedPerLookMax;
    for (const slot of waiting) {
      if (left === 0) return;
      if (!learnSlot(slot, nowNs)) continue;
      waiting.delete(slot);
      left--;
    }
    for (const end = slots.next(); seenSlots < end && left > 0; seenSlots++) {
      if (known.has(seenSlots)) continue;
      if (!learnSlot(seenSlots, nowNs)) waiting.add(seenSlots);
      left--;
    }
  };
  const retire = (nowNs: number, forget: (slot: number) => void): void => {
    // In the look after the one that withdrew the address: no packet under way still counts into the row by then.
    for (const slot of leaving.splice(0)) {
      forget(slot);
      slots.giveBack(slot);
      waiting.add(slot);
    }
    const crowded = (rows - slots.next() + waiting.size) * spareShare < rows;
    if (!strangers && !crowded) return;
    let left = retiredPerLookMax;
    for (const [slot, address] of bySlot) {
      const unwanted = strangers && !prefixes.some((prefix) => cidrContains(prefix, address));
      const silent = crowded && nowNs - activeNs[slot]! > silentNs;
      if ((!unwanted && !silent) || slots.hasRules(slot)) continue;
      if (left-- === 0) return;
      withdraw(slot, address);
    }
    strangers = false;
  };
  return {
    known,
    learn,
    retire,
    addressOf: (slot) => bySlot.get(slot)?.text,
    slotOf: (address, nowNs) => {
      const found = byAddress.get(address) ?? slots.lookup(parseAddress(address).bytes);
      return found === undefined || (!known.has(found) && !learnSlot(found, nowNs)) ? undefined : found;
    },
    markActive: (slot, nowNs) => {
      activeNs[slot] = nowNs;
    },
    setProtected: (next) => {
      prefixes = next.map((cidr) => parseCidr(cidr));
      strangers = true;
    },
  };
}
