/**
 * Which address each slot counts. The kernel gives a slot to an address with its first packet; this table learns of
 * it, and takes slots back: from addresses that are no longer protected, and, when the table is nearly full, from
 * those that were silent for ten minutes.
 *
 * Bounds: `targetsMax` slots; at most 256 slots are taken back per look.
 */
import { cidrContains, formatAddress, parseCidr, type IpPrefix } from '@tidegate/schemas';
import { deleteElement, pushElement } from '../../kernel/bpf-map.ts';
import { structs, type Datapath } from '../../kernel/xdp/index.ts';

const { size: slotBytes, fields } = structs.tg_slot;
const slotWords = slotBytes / 8;
const retiredPerLookMax = 256;
const silentNs = 600e9;
/** Nearly full: fewer than one slot in eight is left. */
const spareShare = 8;

export interface TargetTable {
  /** Slots with a valid address. */
  readonly known: ReadonlySet<number>;
  /** Looks for addresses that the kernel has added. */
  learn(nowNs: number): void;
  /** Address of a known slot, canonical text. */
  addressOf(slot: number): string | undefined;
  slotOf(address: string): number | undefined;
  /** Says that a slot counted something. */
  markActive(slot: number, nowNs: number): void;
  /** Slots outside of these prefixes are to be taken back. */
  setProtected(cidrs: readonly string[]): void;
  /** Takes slots back; `forget` is called for each before it is given away again. */
  retire(nowNs: number, forget: (slot: number) => void): void;
}

export function createTargetTable(datapath: Datapath, cidrs: readonly string[]): TargetTable {
  const { maps, rows } = datapath;
  const known = new Map<number, string>();
  const bySlot = new Set<number>();
  const byAddress = new Map<string, number>();
  const activeNs = new Float64Array(rows);
  /** Given out or given back, and without an address so far. */
  const waiting = new Set<number>();
  const leaving: number[] = [];
  let prefixes: readonly IpPrefix[] = cidrs.map((cidr) => parseCidr(cidr));
  let strangers = true;
  let seenSlots = 1;

  const learnSlot = (slot: number, nowNs: number): boolean => {
    if (Atomics.load(maps.slots.u64, slot * slotWords + fields.first_ns / 8) === 0n) return false;
    const at = slot * slotBytes + fields.address;
    const address = formatAddress(maps.slots.bytes.slice(at, at + 16));
    known.set(slot, address);
    bySlot.add(slot);
    byAddress.set(address, slot);
    activeNs[slot] = nowNs;
    return true;
  };
  const isProtected = (address: string): boolean => prefixes.some((prefix) => cidrContains(prefix, address));
  const hasRules = (slot: number): boolean => maps.slots.u64[slot * slotWords + fields.rule_mask / 8] !== 0n;
  const nextSlot = (): number => Math.min(Atomics.load(maps.state.u32, structs.tg_state.fields.next_slot >> 2), rows);

  const giveBack = (slot: number): void => {
    maps.slots.u64.fill(0n, slot * slotWords, (slot + 1) * slotWords);
    waiting.add(slot);
    pushElement(datapath.freeSlotsFd, new Uint8Array(Uint32Array.of(slot).buffer));
    Atomics.store(maps.state.u32, structs.tg_state.fields.returned_slots >> 2, 1);
  };
  const withdraw = (slot: number, address: string): void => {
    const at = slot * slotBytes + fields.address;
    deleteElement(datapath.targetsFd, maps.slots.bytes.slice(at, at + 16));
    known.delete(slot);
    bySlot.delete(slot);
    byAddress.delete(address);
    leaving.push(slot);
  };

  return {
    known: bySlot,
    learn: (nowNs) => {
      for (const slot of waiting) if (learnSlot(slot, nowNs)) waiting.delete(slot);
      for (const end = nextSlot(); seenSlots < end; seenSlots++) {
        if (!learnSlot(seenSlots, nowNs)) waiting.add(seenSlots);
      }
    },
    addressOf: (slot) => known.get(slot),
    slotOf: (address) => byAddress.get(address),
    markActive: (slot, nowNs) => {
      activeNs[slot] = nowNs;
    },
    setProtected: (next) => {
      prefixes = next.map((cidr) => parseCidr(cidr));
      strangers = true;
    },
    retire: (nowNs, forget) => {
      // In the look after the one that withdrew the address: no packet under way still counts into the row by then.
      for (const slot of leaving.splice(0)) {
        forget(slot);
        giveBack(slot);
      }
      const crowded = (rows - nextSlot() + waiting.size) * spareShare < rows;
      if (!strangers && !crowded) return;
      let left = retiredPerLookMax;
      for (const [slot, address] of known) {
        const unwanted = strangers && !isProtected(address);
        const silent = crowded && nowNs - activeNs[slot]! > silentNs;
        if ((!unwanted && !silent) || hasRules(slot)) continue;
        if (left-- === 0) return;
        withdraw(slot, address);
      }
      strangers = false;
    },
  };
}
