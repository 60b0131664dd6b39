/**
 * The way to the controller and back: enrolment, bundles by long-poll, heartbeats, audit batches.
 *
 * Nothing here is needed to defend. Every loop goes on through failures by itself and shares nothing with the tick
 * but the spool and the bundle that it hands over.
 */
import { check, routes } from '@tidegate/schemas';
import type { Heartbeat, Trust } from '@tidegate/schemas';
import type { Spool } from '../audit/spool.ts';
import type { Log } from '../ports.ts';
import type { Identity } from '../state/identity.ts';
import { keepTrying, sleep } from './backoff.ts';
import type { HttpClient } from './http.ts';
import { fetchIndicators } from './indicators.ts';
import { expectJson, problemText, sendSigned } from './signed.ts';
import { batchRecordsMax, signBatch, verifyReceipt } from './upload.ts';

const heartbeatMs = 2000;
const requestMs = 15_000;
const longPollSeconds = 25;
/** A controller or proxy that does not wait is not asked more often than this, ms. */
const pollMsMin = 1000;

export interface UplinkOptions {
  readonly client: HttpClient;
  readonly identity: Identity;
  readonly node: string;
  readonly labels: Record<string, string>;
  /** Reads the join token when it is needed; null where none is configured. */
  readonly joinToken: () => string | null;
  /** What was pinned earlier, null before enrolment. */
  readonly trust: Trust | null;
  readonly spool: Spool;
  readonly log: Log;
  /** Called once, when the controller took this node. */
  readonly onEnrolled: (trust: Trust) => void;
  /** Digest of the bundle that was last offered, so that it is not sent again. */
  readonly offeredDigest: () => string | null;
  /** Takes an offered bundle; resolves with whether it is in force. One that is not is asked for again, ever later. */
  readonly onBundle: (offered: unknown) => Promise<boolean>;
  readonly heartbeat: () => Heartbeat;
}

export class Uplink {
  readonly #options: UplinkOptions;
  readonly #stop = new AbortController();
  #trust: Trust | null;
  #wakeUpload: () => void = () => undefined;
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: UplinkOptions) {
    this.#options = options;
    this.#trust = options.trust;
  }

  start(): void {
    this.#options.spool.onDurable = () => {
      this.#wakeUpload();
    };
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    const { log } = this.#options;
    const { signal } = this.#stop;
    await keepTrying({ name: 'enrolment', log, signal, until: () => this.#trust !== null }, async () => {
      await this.#enrol();
    });
    await Promise.all([
      keepTrying({ name: 'bundles', log, signal }, async () => await this.#pollBundle()),
      keepTrying({ name: 'heartbeat', log, signal }, async () => await this.#beat()),
      keepTrying({ name: 'audit upload', log, signal }, async () => await this.#upload()),
    ]);
  }

  async #enrol(): Promise<void> {
    const { client, identity, node, labels } = this.#options;
    const token = this.#options.joinToken();
    if (token === null) throw new Error('this node is not enrolled and controller.joinToken is not set');
    const response = await client.send({
      method: routes.enrol.method,
      path: routes.enrol.path,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        schema: 'tidegate/enrol/v1',
        token,
        node,
        labels,
        publicKey: identity.publicKey,
      }),
      timeoutMs: requestMs,
    });
    const answer = check('enrol-response', expectJson(response, [200, 201]));
    if (!answer.ok)
      throw new Error(`the answer to enrolment does not fit its schema: ${answer.problems[0].message}`);
    this.#trust = answer.value.trust;
    this.#options.log.info('enrolled at the controller', { node });
    this.#options.onEnrolled(answer.value.trust);
  }

  async #pollBundle(): Promise<void> {
    const { client, identity } = this.#options;
    const digest = this.#options.offeredDigest();
    const askedAtMs = performance.now();
    const response = await sendSigned(client, identity, {
      method: routes.bundle.method,
      path: routes.bundle.path,
      headers: {
        prefer: `wait=${String(longPollSeconds)}`,
        ...(digest === null ? {} : { 'if-none-match': `"${digest}"` }),
      },
      timeoutMs: longPollSeconds * 1000 + requestMs,
    });
    if (response.status === 200) {
      const isInForce = await this.#options.onBundle(JSON.parse(response.body));
      if (!isInForce) throw new Error('the offered bundle was refused');
    } else if (response.status !== 304) throw new Error(problemText(response));
    const isNews = this.#options.offeredDigest() !== digest;
    if (!isNews) await sleep(Math.max(0, askedAtMs + pollMsMin - performance.now()), this.#stop.signal);
  }

  async #beat(): Promise<void> {
    const { client, identity, heartbeat } = this.#options;
    const body = JSON.stringify(heartbeat());
    const response = await sendSigned(client, identity, { ...routes.heartbeat, body, timeoutMs: requestMs });
    if (response.status >= 300) throw new Error(problemText(response));
    await sleep(heartbeatMs, this.#stop.signal);
  }

  async #upload(): Promise<void> {
    const { client, identity, node, spool } = this.#options;
    const pending = await spool.pending(batchRecordsMax);
    if (pending === null || this.#trust === null) {
      await this.#somethingToUpload();
      return;
    }
    const body = JSON.stringify(signBatch(node, identity, pending));
    const response = await sendSigned(client, identity, { ...routes.audit, body, timeoutMs: requestMs });
    const receipt = verifyReceipt(expectJson(response, [200, 201]), pending, this.#trust);
    await spool.acknowledge(pending.lastSeq, pending.head, receipt.checkpoint);
  }

  /** Waits for the next fsynced record; looks by itself every two seconds, should a wake-up have come too early. */
  async #somethingToUpload(): Promise<void> {
    await sleep(2000, this.#stop.signal, (wake) => {
      this.#wakeUpload = wake;
    });
    this.#wakeUpload = () => undefined;
  }

  /** Fetches the indicator set of a digest; hands its bytes to `take` as they come. */
  async fetchIndicators<Result>(
    digest: string,
    take: (chunks: AsyncIterable<Uint8Array>) => Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result> {
    const { client, identity } = this.#options;
    return await fetchIndicators(client, identity, digest, take, signal);
  }

  /** Ends every loop and the requests under way. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#options.client.close();
    await this.#running;
  }
}
