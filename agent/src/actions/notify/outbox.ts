/** What waits for one channel: in order, within its rate, tried again within bounds. */
import { TidegateError } from '@tidegate/schemas';
import type { CompiledChannel, Notification } from '@tidegate/schemas';
import { shortReason } from './reason.ts';

/** What became of one attempt. */
export type Delivery =
  | { readonly ok: true }
  | {
      readonly ok: false;
      /** Without secrets. */
      readonly reason: string;
      /** Trying again is of no use. */
      readonly isFinal: boolean;
      /** What the receiver asks for, ms; null where it says nothing. */
      readonly retryAfterMs: number | null;
    };

export type Deliver = (notification: Notification) => Promise<Delivery>;

export interface Outcome {
  readonly notification: Notification;
  readonly attempts: number;
  /** Null where it was taken. */
  readonly failure: string | null;
}

export interface OutboxOptions {
  readonly channel: CompiledChannel;
  readonly deliver: Deliver;
  /** Whether several notifications may be told in one. */
  readonly canGather: boolean;
  readonly nowMs: () => number;
  readonly onOutcome: (outcome: Outcome) => void;
}

const waitingMax = 100;
const attemptsMax = 6;
const firstRetryMs = 1000;
const retryMsMax = 60_000;
/** Those that fit into one besides the first. */
const othersMax = 50;

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #waiting: Notification[] = [];
  /** What is being told. */
  #current: readonly Notification[] = [];
  #attempts = 0;
  #tokens: number;
  #filledMs: number;
  #isBusy = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | null = null;
  #wake: (() => void) | null = null;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#tokens = options.channel.perMinute;
    this.#filledMs = options.nowMs();
  }

  get channel(): CompiledChannel {
    return this.#options.channel;
  }

  offer(notification: Notification): void {
    if (this.#waiting.length >= waitingMax) {
      const lost = this.#waiting.shift()!;
      this.#options.onOutcome({
        notification: lost,
        attempts: 0,
        failure: `${waitingMax} others waited, and this was the oldest`,
      });
    }
    this.#waiting.push(notification);
    this.#run();
  }

  /** Gives up what still waits, and says so. */
  close(): void {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#wake?.();
    const failure = 'the channel was closed first';
    for (const notification of this.#current)
      this.#options.onOutcome({ notification, attempts: this.#attempts, failure });
    for (const notification of this.#waiting.splice(0))
      this.#options.onOutcome({ notification, attempts: 0, failure });
  }

  #run(): void {
    if (this.#isBusy) return;
    this.#isBusy = true;
    void this.#work().finally(() => {
      this.#isBusy = false;
      if (this.#waiting.length > 0 && !this.#isClosed) this.#run();
    });
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#isClosed) {
      await this.#rate();
      const [first, ...others] = this.#next();
      if (first !== undefined) await this.#tell(first, others);
    }
  }

  /** The next one, with those that waited with it where the channel can gather. */
  #next(): Notification[] {
    const { canGather, channel } = this.#options;
    const isPressed = this.#tokens < 1 || this.#waiting.length > channel.perMinute;
    this.#tokens = Math.max(0, this.#tokens - 1);
    return this.#waiting.splice(0, canGather && isPressed ? 1 + othersMax : 1);
  }

  async #tell(first: Notification, others: readonly Notification[]): Promise<void> {
    const { deliver, onOutcome } = this.#options;
    const notification = {
      ...first,
      others: others.map(({ incident, target, family, occasion }) => ({
        incident,
        target,
        family,
        occasion,
      })),
    };
    this.#current = [first, ...others];
    for (let attempts = 1; ; attempts++) {
      this.#attempts = attempts;
      const delivery = await deliver(notification).catch((error: unknown): Delivery => ({
        ok: false,
        reason: shortReason(error),
        // What is wrong on this side stays so.
        isFinal: error instanceof TidegateError,
        retryAfterMs: null,
      }));
      if (this.#isOver()) return;
      if (delivery.ok || delivery.isFinal || attempts >= attemptsMax) {
        const failure = delivery.ok ? null : delivery.reason;
        for (const one of this.#current) onOutcome({ notification: one, attempts, failure });
        this.#current = [];
        return;
      }
      const backOff = firstRetryMs * 2 ** (attempts - 1);
      await this.#pause(Math.min(retryMsMax, Math.max(backOff, delivery.retryAfterMs ?? 0)));
      if (this.#isOver()) return;
    }
  }

  /** It may have been closed while something was awaited. */
  #isOver(): boolean {
    return this.#isClosed;
  }

  /** Waits until the rate of the channel lets one more through. */
  async #rate(): Promise<void> {
    const { perMinute } = this.#options.channel;
    const perMs = perMinute / 60_000;
    this.#fill(perMs, perMinute);
    if (this.#tokens < 1) {
      await this.#pause(Math.ceil((1 - this.#tokens) / perMs));
      this.#fill(perMs, perMinute);
    }
  }

  #fill(perMs: number, most: number): void {
    const now = this.#options.nowMs();
    this.#tokens = Math.min(most, this.#tokens + Math.max(0, now - this.#filledMs) * perMs);
    this.#filledMs = now;
  }

  async #pause(ms: number): Promise<void> {
    if (this.#isClosed) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.#timer = setTimeout(resolve, ms);
    });
    this.#wake = null;
    this.#timer = null;
  }
}
