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
import { firstTarget, type Datapath } from '../../kernel/xdp/index.ts';
import { openSlots, type Slots } from './slots.ts';

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
  readonly slotOf: (address: string, nowNs: number) => number | undefined;
  /** Says that a slot counted something. */
  markActive(slot: number, nowNs: number): void;
  /** Slots outside of these prefixes are to be taken back. */
  setProtected(cidrs: readonly string[]): void;
  /** Takes slots back; `forget` is called for each before it is given away again. */
  retire(nowNs: number, forget: (slot: number) => void): void;
}

export function createTargetTable(datapath: Datapath, cidrs: readonly string[]): TargetTable {
  const { rows, adopted } = datapath;
  const slots = openSlots(datapath);
  if (adopted) returnOrphans(slots);
  const register = createRegister(slots, rows);
  const { known, bySlot, waiting } = register;
  const leaving: number[] = [];
  let prefixes: readonly IpPrefix[] = cidrs.map((cidr) => parseCidr(cidr));
  /** Whether there may be addresses outside of the prefixes. */
  let strangers = true;
  let seenSlots = firstTarget;

  const learn = (nowNs: number): void => {
    let left = learnedPerLookMax;
    for (const slot of waiting) {
      if (left === 0) return;
      if (register.learn(slot, nowNs)) left--;
    }
    for (const end = slots.next(); seenSlots < end && left > 0; seenSlots++, left--) {
      if (!known.has(seenSlots) && !register.learn(seenSlots, nowNs)) waiting.add(seenSlots);
    }
  };
  const retire = (nowNs: number, forget: (slot: number) => void): void => {
    // In the look after the one that withdrew the address: no packet under way still counts into the row by then.
    for (const slot of leaving.splice(0)) {
      forget(slot);
      slots.giveBack(slot);
      waiting.add(slot);
    }
    const crowded = (rows - slots.next() + waiting.size) * spareShare < rows - firstTarget;
    if (!strangers && !crowded) return;
    let left = retiredPerLookMax;
    for (const [slot, address] of bySlot) {
      const unwanted = strangers && !prefixes.some((prefix) => cidrContains(prefix, address));
      const silent = crowded && nowNs - register.activeNs[slot]! > silentNs;
      if ((!unwanted && !silent) || slots.hasRules(slot)) continue;
      if (left-- === 0) return;
      register.withdraw(slot, address);
      leaving.push(slot);
    }
    strangers = false;
  };
  return {
    known,
    learn,
    retire,
    addressOf: (slot) => bySlot.get(slot)?.text,
    slotOf: register.slotOf,
    markActive: (slot, nowNs) => {
      register.activeNs[slot] = nowNs;
    },
    setProtected: (next) => {
      prefixes = next.map((cidr) => parseCidr(cidr));
      strangers = true;
    },
  };
}

interface Register {
  readonly known: Set<number>;
  readonly bySlot: Map<number, IpAddress>;
  /** When a slot last counted something, by slot, ns. */
  readonly activeNs: Float64Array;
  /** Given out or given back, and without an address so far. */
  readonly waiting: Set<number>;
  readonly slotOf: (address: string, nowNs: number) => number | undefined;
  /** Returns whether the slot has an address. */
  learn(slot: number, nowNs: number): boolean;
  withdraw(slot: number, address: IpAddress): void;
}

function createRegister(slots: Slots, rows: number): Register {
  const known = new Set<number>();
  const bySlot = new Map<number, IpAddress>();
  const byAddress = new Map<string, number>();
  const activeNs = new Float64Array(rows);
  const waiting = new Set<number>();
  const learn = (slot: number, nowNs: number): boolean => {
    const bytes = slots.address(slot);
    if (bytes === null) return false;
    const text = formatAddress(bytes);
    bySlot.set(slot, { family: text.includes(':') ? 6 : 4, bytes, text });
    known.add(slot);
    waiting.delete(slot);
    byAddress.set(text, slot);
    activeNs[slot] = nowNs;
    return true;
  };
  return {
    ...{ known, bySlot, activeNs, waiting, learn },
    slotOf: (address, nowNs) => {
      const slot = byAddress.get(address) ?? slots.lookup(parseAddress(address).bytes);
      return slot !== undefined && (known.has(slot) || learn(slot, nowNs)) ? slot : undefined;
    },
    withdraw: (slot, { bytes, text }) => {
      slots.withdraw(bytes);
      bySlot.delete(slot);
      known.delete(slot);
      byAddress.delete(text);
    },
  };
}

/** A process that died after it withdrew an address, and before it gave the slot back, left a slot that counts nobody. */
function returnOrphans(slots: Slots): void {
  for (let slot = firstTarget; slot < slots.next(); slot++) {
    const address = slots.address(slot);
    if (address !== null && slots.lookup(address) !== slot) slots.giveBack(slot);
  }
}
