interface Parked {
  readonly untilMs: number;
  /** Whether what was waited for has come. */
  readonly isOver: () => boolean;
  readonly resolve: () => void;
}

const sweepMs = 200;

/**
 * Parked requests. One timer sweeps them all, so that thousands cost no more than one, and it stops with the last of
 * them. A parked request goes on when its news comes, at its deadline (up to 200 ms late), when its client is gone,
 * and when the controller stops; never is one forgotten.
 */
export class Waiters {
  readonly #parked = new Set<Parked>();
  #sweeper: NodeJS.Timeout | null = null;
  #released = false;

  get size(): number {
    return this.#parked.size;
  }

  /** Parks the caller; `onGone` is told how to let go when the client has gone. */
  async park(waitMs: number, isOver: () => boolean, onGone: (letGo: () => void) => void): Promise<void> {
    if (this.#released || isOver()) return;
    let parked: Parked | undefined;
    await new Promise<void>((resolve) => {
      parked = { untilMs: performance.now() + waitMs, isOver, resolve };
      this.#parked.add(parked);
      onGone(resolve);
      this.#sweeper ??= setInterval(() => this.#letGo((each) => each.untilMs <= performance.now()), sweepMs);
    });
    if (parked !== undefined) this.#parked.delete(parked);
    if (this.#parked.size > 0 || this.#sweeper === null) return;
    clearInterval(this.#sweeper);
    this.#sweeper = null;
  }

  /** Something was published: those whose news it is go on. */
  wake(): void {
    this.#letGo((each) => each.isOver());
  }

  /** Everybody goes on, and nobody is parked any more. */
  release(): void {
    this.#released = true;
    this.#letGo(() => true);
  }

  #letGo(goesOn: (parked: Parked) => boolean): void {
    for (const parked of this.#parked) if (goesOn(parked)) parked.resolve();
  }
}
