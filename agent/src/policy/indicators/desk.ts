/**
 * Brings the indicator set that the policy in force names into force: finds it on disk or fetches it, proves it, hands
 * it over.
 *
 * Policy never waits for it. Whatever fails leaves the set before in force, is on record with its stage, and is tried
 * again, ever later. With the controller dead the newest set on disk is used.
 */
import { TidegateError } from '@tidegate/schemas';
import type { AuditBody, AuditEvent, Heartbeat, Indicators } from '@tidegate/schemas';
import type { Log } from '../../ports.ts';
import { keepTrying } from '../../uplink/backoff.ts';
import type { IndicatorStore, StoredSet } from './store.ts';

type Stage = AuditBody<'indicators.failed'>['stage'];

export interface IndicatorDeskOptions {
  readonly store: IndicatorStore;
  /** Fetches a set from the controller, hands its bytes to `take` as they come, and resolves with what that does. */
  readonly download: (
    digest: string,
    take: (chunks: AsyncIterable<Uint8Array>) => Promise<StoredSet>,
    signal: AbortSignal,
  ) => Promise<StoredSet>;
  /** Puts the set of a file in force, null for none; rejecting leaves the one before in force. */
  readonly use: (
    path: string | null,
  ) => Promise<{ readonly counts: { readonly v4: number; readonly v6: number } } | null>;
  readonly audit: (event: AuditEvent) => void;
  readonly log: Log;
  /** Before the first new try, ms. @default 1000 */
  readonly retryMsMin?: number;
}

const retryMsMax = 300_000;
const reasonMax = 500;

export class IndicatorDesk {
  readonly #options: IndicatorDeskOptions;
  /** Null for no set; undefined before the first policy. */
  #wanted: Indicators | null | undefined = undefined;
  /** Undefined where it is not known what an earlier process left in the kernel. */
  #effective: StoredSet | null | undefined = undefined;
  #failed: { readonly stage: Stage; readonly reason: string } | null = null;
  #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(options: IndicatorDeskOptions) {
    this.#options = options;
  }

  get standing(): NonNullable<Heartbeat['indicators']> {
    return {
      wanted: this.#wanted?.digest ?? null,
      effective: this.#effective?.digest ?? null,
      failed: this.#failed,
    };
  }

  /** Takes what the policy in force names; what is under way for the one before ends. */
  want(indicators: Indicators | undefined): void {
    const wanted = indicators ?? null;
    if (this.#wanted !== undefined && wanted?.digest === this.#wanted?.digest) return;
    this.#wanted = wanted;
    this.#begin();
  }

  /** Puts the set in force again where what it was loaded into is opened anew. */
  reload(): void {
    if (this.#wanted === undefined) return;
    this.#effective = undefined;
    this.#begin();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  #begin(): void {
    const { log, retryMsMin = 1000 } = this.#options;
    this.#stop.abort();
    this.#stop = new AbortController();
    this.#failed = null;
    const { signal } = this.#stop;
    const wanted = this.#wanted ?? null;
    const until = (): boolean => this.#effective !== undefined && this.#effective?.digest === wanted?.digest;
    const loop = { name: 'indicators', log, signal, until, pauseMsMin: retryMsMin, pauseMsMax: retryMsMax };
    this.#running = this.#running.then(
      async () => await keepTrying(loop, async () => await this.#bring(wanted, signal)),
    );
  }

  async #bring(wanted: Indicators | null, signal: AbortSignal): Promise<void> {
    const { store } = this.#options;
    if (wanted === null) {
      await this.#use(null);
      return;
    }
    const here = (await store.find(wanted.digest)) ?? (await this.#fetch(wanted, signal));
    signal.throwIfAborted();
    await this.#at('load', wanted.digest, signal, async () => {
      await this.#use(here);
    });
    this.#failed = null;
    await store.prune(wanted.digest);
  }

  async #fetch(wanted: Indicators, signal: AbortSignal): Promise<StoredSet> {
    const { store, download } = this.#options;
    if (this.#effective === undefined) await this.#useNewest();
    return await this.#at('download', wanted.digest, signal, async () => {
      return await download(wanted.digest, async (chunks) => await store.receive(wanted, chunks), signal);
    });
  }

  /** After a start, until the set that the policy names is here. */
  async #useNewest(): Promise<void> {
    const newest = await this.#options.store.newest();
    if (newest === null) return;
    try {
      await this.#use(newest);
    } catch (error) {
      this.#options.log.warn('the last threat indicators cannot be used', { reason: String(error) });
    }
  }

  async #use(set: StoredSet | null): Promise<void> {
    const { use, audit, log } = this.#options;
    const loaded = await use(set?.path ?? null);
    const before = this.#effective;
    this.#effective = set;
    if (set === null && (before ?? null) === null) return;
    const entries = loaded === null ? 0 : loaded.counts.v4 + loaded.counts.v6;
    const body = { digest: set?.digest ?? null, entries };
    log.info('threat indicators in force', body);
    audit({ kind: 'indicators.loaded', body });
  }

  /** Does a stage; its failure is on record once, until it works or another set is wanted. */
  async #at<Result>(
    stage: Stage,
    digest: string,
    signal: AbortSignal,
    work: () => Promise<Result>,
  ): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted) throw error;
      const isWrong = stage === 'download' && error instanceof TidegateError && error.code === 'TG2015';
      const reached: Stage = isWrong ? 'digest' : stage;
      const reason = (error instanceof Error ? error.message : String(error)).slice(0, reasonMax);
      if (this.#failed?.stage !== reached) {
        this.#options.audit({ kind: 'indicators.failed', body: { digest, stage: reached, reason } });
      }
      this.#failed = { stage: reached, reason };
      throw error;
    }
  }
}
