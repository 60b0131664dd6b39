/**
 * A scrubbing provider, as the diverter needs it.
 *
 * Promises of every implementation: starting and stopping may be asked for again and again, also after an answer was lost;
 * `active` is only said where the provider says it of the whole prefix; a fault says whether it may pass.
 */

/** What is handed over. */
export interface Order {
  /** Of the diversion, the same for each request about it. */
  readonly id: string;
  readonly prefix: string;
  /** Id of the incident. */
  readonly incident: string;
  /** Of the attack. */
  readonly family: string;
  readonly ttlMs: number;
}

export type ProviderState =
  /** Nothing is scrubbed. */
  | { readonly is: 'absent' }
  /** Taken, and not in effect yet. */
  | { readonly is: 'pending' }
  | { readonly is: 'active' }
  /** It never will be. */
  | { readonly is: 'failed'; readonly reason: string };

export interface Provider {
  /** Resolves once the provider said yes. Rejects with a ProviderFault. */
  readonly start: (order: Order) => Promise<void>;
  /** Asks for more time; null where the provider knows of none. */
  readonly renew: ((order: Order) => Promise<void>) | null;
  /** Null where the provider says nothing about it. */
  readonly state: ((order: Order) => Promise<ProviderState>) | null;
  /** Resolves once the provider said yes, or has nothing of it. */
  readonly stop: (order: Order) => Promise<void>;
}

export class ProviderFault extends Error {
  override readonly name = 'ProviderFault';
  /** Whether the same request may do later. */
  readonly isPassing: boolean;
  /** When the provider wants to be asked again, ms from now; null where it does not say. */
  readonly retryAfterMs: number | null;

  constructor(message: string, isPassing: boolean, retryAfterMs: number | null = null) {
    super(message);
    this.isPassing = isPassing;
    this.retryAfterMs = retryAfterMs;
  }
}
