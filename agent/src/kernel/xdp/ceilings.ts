/**
 * Ceilings of single targets, beside those of the policy: one that was measured takes the policy's place for a while,
 * one from a baseline only counts. Each must be refreshed: a measured one that is stale leaves the policy's in force,
 * a stale baseline counts nothing.
 */
import { structs, ceilingClasses, rowCounter, type CeilingClass } from './layout.ts';
import { encodeLimit, type Rate } from './limit.ts';
import type { Datapath } from './index.ts';

const ceiling = structs.tg_ceiling;
const slotShape = structs.tg_slot;
const row = structs.tg_row;

export interface OwnCeilings {
  /** Holds a target at what was measured, until then; the policy's ceiling counts again afterwards. */
  hold(slot: number, name: CeilingClass, rate: Rate, untilNs: bigint): void;
  /** Counts what exceeds the baseline, until then; never drops. */
  mark(slot: number, name: CeilingClass, rate: Rate, untilNs: bigint): void;
  /** Packets above each ceiling of a slot, since the slot was given out. */
  above(slot: number): { readonly class: CeilingClass; readonly held: number; readonly marked: number }[];
}

export function createOwnCeilings({ maps, rows, cpus }: Datapath): OwnCeilings {
  const at = (slot: number, name: CeilingClass): number =>
    (slot * ceilingClasses.length + ceilingClasses.indexOf(name)) * ceiling.size;
  const write = (
    { slot, name, rate, untilNs }: { slot: number; name: CeilingClass; rate: Rate; untilNs: bigint },
    field: 'own' | 'mark',
  ): void => {
    const first = at(slot, name);
    const until = (first + ceiling.fields[`${field}_until_ns`]) / 8;
    // While the limit is changed it is not asked for.
    Atomics.store(maps.ceilings.u64, until, 0n);
    maps.ceilings.bytes.set(encodeLimit(rate), first + ceiling.fields[field]);
    Atomics.store(maps.ceilings.u64, until, untilNs);
    const classes = field === 'own' ? slotShape.fields.held_classes : slotShape.fields.marked_classes;
    Atomics.or(maps.slots.bytes, slot * slotShape.size + classes, 1 << ceilingClasses.indexOf(name));
  };
  const total = (slot: number, counter: number): number => {
    let sum = 0n;
    for (let cpu = 0; cpu < cpus; cpu++)
      sum += maps.counters.u64[((cpu * rows + slot) * row.size) / 8 + counter]!;
    return Number(sum);
  };
  return {
    hold: (slot, name, rate, untilNs) => {
      write({ slot, name, rate, untilNs }, 'own');
    },
    mark: (slot, name, rate, untilNs) => {
      write({ slot, name, rate, untilNs }, 'mark');
    },
    above: (slot) =>
      ceilingClasses.map((name, index) => ({
        class: name,
        held: total(slot, rowCounter.ceilingHeld + index),
        marked: total(slot, rowCounter.ceilingMarked + index),
      })),
  };
}
