/**
 * What BGP is spoken through.
 *
 * Promises, the same for every speaker: a rule that would end a session is refused before anything is sent; announcing a
 * route again with other actions replaces it; withdrawing one that is not there is no error; only what was read back is
 * told of as advertised. Routes stay where the process that announced them ends: see `RouteKeeper`.
 */
import type { BgpRoute } from '@tidegate/schemas/bgp';

/** A route that the speaker has of its own, not from a neighbour. */
export interface SpokenRoute {
  /** As `routeKey` has it. */
  readonly key: string;
  /** Null where it is none that this model can say: somebody else's. */
  readonly route: BgpRoute | null;
}

/** When routes end at the latest: by `routeKey`, wall time, ms since the epoch. */
export type Ends = ReadonlyMap<string, number>;

export interface Neighbour {
  /** Of the neighbour, as the speaker knows it. */
  readonly address: string;
  readonly asNumber: number;
  readonly isEstablished: boolean;
}

export interface BgpSpeaker {
  /** What it is and how it is reached, for messages: `GoBGP 3 at unix:///run/gobgp.sock`. */
  readonly name: string;
  /**
   * All of them or none, as far as can be known before. Rejects with TG2017, TG2018, TG2019 or TG2020. A speaker that holds
   * leases itself is told when each ends; without that it ends soon.
   */
  announce(routes: readonly BgpRoute[], ends?: Ends): Promise<void>;
  /** Of a speaker that holds leases itself: gives routes that stand more time. Rejects as `announce` does. */
  renew?(routes: readonly BgpRoute[], ends: Ends): Promise<void>;
  withdraw(routes: readonly BgpRoute[]): Promise<void>;
  /** All routes of its own. */
  routes(): Promise<SpokenRoute[]>;
  neighbours(): Promise<Neighbour[]>;
  /** Keys of what was sent to one neighbour (Adj-RIB-Out), or would be if its session were up. */
  advertised(neighbour: Neighbour): Promise<ReadonlySet<string>>;
  /**
   * Calls `changed` once: when a session came up or went down, or the connection to the speaker was lost. Returns what
   * ends the watch.
   */
  watch(changed: () => void): () => void;
  close(): void;
}
