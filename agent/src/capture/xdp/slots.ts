/** The slots' shared memory: which address the kernel counts where. See bpf/structs.h, struct tg_slot. */
import { deleteElement, lookupElement, pushElement } from '../../kernel/bpf-map.ts';
import { structs, type Datapath } from '../../kernel/xdp/index.ts';

const { size: slotBytes, fields } = structs.tg_slot;
const slotWords = slotBytes / 8;

export interface Slots {
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

export function openSlots(datapath: Datapath): Slots {
  const { maps, rows, targetsFd, freeSlotsFd } = datapath;
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
    withdraw: (address) => {
      deleteElement(targetsFd, address);
      datapath.forgetCachedTargets();
    },
    giveBack: (slot) => {
      maps.slots.u64.fill(0n, slot * slotWords, (slot + 1) * slotWords);
      pushElement(freeSlotsFd, new Uint8Array(Uint32Array.of(slot).buffer));
      Atomics.store(maps.state.u32, returned >> 2, 1);
      // Addresses that found the table full are remembered as such.
      datapath.forgetCachedTargets();
    },
  };
}
