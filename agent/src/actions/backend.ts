/**
 * Where rules are installed. Every backend keeps three promises: a rule ends by itself when its TTL is over, also
 * when this process is dead; only what was read back is reported; nothing outside our own table or pins is touched.
 */
import type { Backend, ReceiptLevel, TrafficMatch } from '@tidegate/schemas';
import type { BgpRoute } from '@tidegate/schemas/bgp';

/**
 * What happens to the packets of a rule: `drop`; `count` only (observe mode); `limit` drops what exceeds a rate;
 * `synproxy` answers SYNs with a cookie, so that only clients that exist reach the server.
 */
export type RuleVerdict = 'drop' | 'count' | 'limit' | 'synproxy';

/** A rule to install. */
export interface RuleRequest {
  /** `mit-` and 16 hexadecimal digits; the kernel-side name follows from it. */
  readonly id: string;
  readonly match: TrafficMatch;
  readonly ttlMs: number;
  readonly verdict: RuleVerdict;
  /** With `limit`: what may pass. */
  readonly limit?: RuleLimit;
  /** Of what is announced by BGP: the route, and the speaker by its name in the configuration. */
  readonly announced?: { readonly speaker: string; readonly route: BgpRoute };
  /** Of what is handed to a scrubbing provider: the Scrubber of the policy, and what it may be told. */
  readonly diverted?: {
    readonly scrubber: string;
    readonly prefix: string;
    readonly incident: string;
    readonly family: string;
  };
}

export interface RuleLimit {
  readonly perSecond: number;
  readonly unit: 'packets' | 'bytes';
}

/** A rule as read back from the kernel. */
export interface InstalledRule {
  readonly id: string;
  readonly packets: bigint;
  readonly bytes: bigint;
  /** What is left of the TTL by the kernel, ms. */
  readonly expiresInMs: number;
  readonly verdict: RuleVerdict;
  /** With `synproxy`: SYNs that were answered with a cookie. */
  readonly answered?: bigint;
  /** The best that can be said of it now. @default installed */
  readonly level?: ReceiptLevel;
}

/** A rule that cannot be installed, decided before anything was touched. */
export interface PlanRefusal {
  readonly code: `TG${string}`;
  readonly reason: string;
}

export interface RuleBackend {
  readonly name: Backend;
  /** Says whether the rule can be expressed here, without touching anything. Null: it can. */
  plan(rule: RuleRequest): PlanRefusal | null;
  /** Installs a rule, or renews the TTL of one with the same id. Rejects with a TidegateError. */
  apply(rule: RuleRequest): Promise<void>;
  /** Reads one rule back; null where it is not installed or has expired. */
  readBack(id: string): Promise<InstalledRule | null>;
  /** Everything of ours that is installed, for adoption after a restart. */
  list(): Promise<InstalledRule[]>;
  /** Removes one rule; returns its last counters, null where it was not there. */
  remove(id: string): Promise<InstalledRule | null>;
  /** Removes everything of ours; returns how many rules there were. */
  removeAll(): Promise<number>;
  /** Lets go of handles; rules stay. */
  close(): void;
}
