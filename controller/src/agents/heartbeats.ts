import type { Heartbeat } from '@tidegate/schemas';
import { timestampOf, type Clock } from '../ports.ts';

/** The last heartbeat of each agent, and when it was last heard of; in memory. */
export class Heartbeats {
  readonly #clock: Clock;
  readonly #latest = new Map<string, Heartbeat>();
  readonly #seenAt = new Map<string, string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** An authentic request of the agent came in. */
  seen(agent: string): void {
    this.#seenAt.set(agent, timestampOf(this.#clock()));
  }

  beat(heartbeat: Heartbeat): void {
    this.#latest.set(heartbeat.agent, heartbeat);
  }

  of(agent: string): { heartbeat: Heartbeat | null; lastSeen: string | null } {
    return { heartbeat: this.#latest.get(agent) ?? null, lastSeen: this.#seenAt.get(agent) ?? null };
  }
}
