/** What was above a ceiling and is not on record yet, by target: an incident may open a tick after its first packets. */
import type { Evidence } from '@tidegate/schemas';
import { merged } from './playbook/index.ts';
import type { HeldClass } from './playbook/index.ts';

export interface Excess {
  readonly target: string;
  readonly threshold: string;
  readonly exceeded: readonly HeldClass[];
}

export class Excesses {
  readonly #pending = new Map<string, Excess>();

  /** A target's window was above a ceiling. */
  add(target: string, { threshold, exceeded }: NonNullable<Evidence['ceiling']>): void {
    const now = exceeded.map((one) => ({ ...one, packets: BigInt(one.packets) }));
    const before = this.#pending.get(target)?.exceeded ?? [];
    this.#pending.set(target, { target, threshold, exceeded: merged(before, now) });
  }

  /** Takes out what is to be put on record: that of targets with an incident. */
  take(hasIncident: (target: string) => boolean): Excess[] {
    const due = [...this.#pending.values()].filter(({ target }) => hasIncident(target));
    for (const { target } of due) this.#pending.delete(target);
    return due;
  }

  forget(target: string): void {
    this.#pending.delete(target);
  }

  clear(): void {
    this.#pending.clear();
  }
}
