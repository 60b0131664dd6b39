/** Most nonces of one agent within one span; an honest one sends a few a second. */
const noncesPerKeyMax = 4096;

export type NonceVerdict = 'fresh' | 'seen' | 'too-many';

/**
 * The nonces that were seen lately. Each is remembered for at least `spanMs`, in two generations that take turns, so
 * that forgetting costs nothing per request. Bounded per key: one agent cannot make another's requests fail.
 */
export class Nonces {
  readonly #spanMs: number;
  #current = new Map<string, Set<string>>();
  #previous = new Map<string, Set<string>>();
  #turnsAt: number;

  constructor(spanMs: number, nowMs: number) {
    this.#spanMs = spanMs;
    this.#turnsAt = nowMs + spanMs;
  }

  /** Remembers a nonce of a key. */
  use(keyId: string, nonce: string, nowMs: number): NonceVerdict {
    this.#turn(nowMs);
    if (this.#current.get(keyId)?.has(nonce) === true || this.#previous.get(keyId)?.has(nonce) === true)
      return 'seen';
    let nonces = this.#current.get(keyId);
    if (nonces === undefined) this.#current.set(keyId, (nonces = new Set()));
    if (nonces.size >= noncesPerKeyMax) return 'too-many';
    nonces.add(nonce);
    return 'fresh';
  }

  #turn(nowMs: number): void {
    if (nowMs < this.#turnsAt) return;
    this.#previous = nowMs < this.#turnsAt + this.#spanMs ? this.#current : new Map<string, Set<string>>();
    this.#current = new Map();
    this.#turnsAt = nowMs + this.#spanMs;
  }
}
