/**
 * Takes offered bundles: verify, judge, stage, activate, commit. Whatever fails keeps the last good one in force and is
 * on record with its stage.
 */
import type { KeyObject } from 'node:crypto';
import type { AuditEvent, Bundle } from '@tidegate/schemas';
import { reasonOf } from '../ports.ts';
import type { Clock, Log } from '../ports.ts';
import type { PolicyStore } from './store.ts';
import { judgeSuccessor, verifyBundle } from './verify.ts';
import type { Refusal, VerifiedBundle } from './verify.ts';

/** Where this node stands with its policy, as the heartbeat tells it. */
export interface Standing {
  /** Digest of the bundle that was last offered. */
  readonly offered: string | null;
  readonly verified: string | null;
  readonly effective: string | null;
  readonly failed: { readonly stage: string; readonly reason: string } | null;
  readonly bundle: Bundle | null;
}

export interface DeskOptions {
  readonly store: PolicyStore;
  /** Keys that bundles must be signed with, by id; read anew for each offer. */
  readonly keys: () => ReadonlyMap<string, KeyObject>;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: (event: AuditEvent) => void;
  /** Puts a bundle in force; rejecting leaves the one before in force. */
  readonly activate: (verified: VerifiedBundle) => Promise<void>;
}

export class PolicyDesk {
  readonly #options: DeskOptions;
  #standing: Standing = { offered: null, verified: null, effective: null, failed: null, bundle: null };
  /** A good bundle that could not be put in force, such as for an interface that is not there yet. */
  #waiting: VerifiedBundle | null = null;
  #lastRefusal = '';
  /** One bundle at a time. */
  #turn: Promise<void> = Promise.resolve();

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  get standing(): Standing {
    return this.#standing;
  }

  /** Puts the newest bundle on disk in force again; an activated bundle never expires. */
  async resume(): Promise<void> {
    const last = this.#options.store.loadLastGood(this.#options.keys());
    if (last === null) return;
    try {
      await this.#options.activate(last);
      this.#inForce(last);
    } catch (error) {
      this.#waiting = last;
      this.#refuse({ stage: 'activate', reason: reasonOf(error).slice(0, 500), digest: last.signed.digest });
    }
  }

  /** Tries again what could not be put in force; call it every few seconds. */
  retry(): void {
    const waiting = this.#waiting;
    if (waiting === null) return;
    this.#turn = this.#turn.then(async () => {
      if (this.#waiting === waiting) await this.#putInForce(waiting);
    });
  }

  /** Takes what the controller offers, after what it offered before; resolves with whether it is in force. */
  async offer(offered: unknown): Promise<boolean> {
    const taken = this.#turn.then(async () => {
      await this.#take(offered);
      return this.#standing.failed === null;
    });
    this.#turn = taken.then(() => undefined);
    return await taken;
  }

  /** Runs other work that must not overlap with a change of policy; its failure is its own to report. */
  between(work: () => Promise<void>): void {
    this.#turn = this.#turn.then(work).catch((error: unknown) => {
      this.#options.log.error('work between policies failed', { reason: reasonOf(error) });
    });
  }

  /** Resolves when every offer so far was dealt with. */
  async settled(): Promise<void> {
    await this.#turn;
  }

  async #take(offered: unknown): Promise<void> {
    const { keys, clock } = this.#options;
    const verdict = verifyBundle(offered, keys());
    if (!verdict.ok) {
      this.#refuse(verdict.refusal);
      return;
    }
    const { digest } = verdict.value.signed;
    if (digest === this.#standing.effective) {
      this.#standing = { ...this.#standing, offered: digest, verified: digest, failed: null };
      return;
    }
    this.#standing = { ...this.#standing, offered: digest, verified: digest };
    const refusal = judgeSuccessor(verdict.value, this.#standing.bundle, clock.wallMs());
    if (refusal !== null) {
      this.#refuse(refusal);
      return;
    }
    await this.#putInForce(verdict.value);
  }

  async #putInForce(verified: VerifiedBundle): Promise<void> {
    const { store } = this.#options;
    try {
      store.stage(verified);
      await this.#options.activate(verified);
      store.commit();
      this.#inForce(verified);
    } catch (error) {
      store.discard();
      this.#waiting = verified;
      this.#refuse({
        stage: 'activate',
        reason: reasonOf(error).slice(0, 500),
        digest: verified.signed.digest,
      });
    }
  }

  #inForce({ signed: { digest }, bundle }: VerifiedBundle): void {
    this.#standing = { offered: digest, verified: digest, effective: digest, failed: null, bundle };
    this.#waiting = null;
    this.#lastRefusal = '';
    this.#options.log.info('policy in force', {
      group: bundle.group,
      epoch: bundle.epoch,
      mode: bundle.mode,
      commit: bundle.commit,
    });
  }

  #refuse({ stage, reason, digest }: Refusal): void {
    this.#standing = { ...this.#standing, offered: digest, failed: { stage, reason } };
    const refusal = JSON.stringify([stage, reason, digest]);
    if (refusal === this.#lastRefusal) return;
    this.#lastRefusal = refusal;
    this.#options.log.error('a bundle was refused; the one before stays in force', { stage, reason });
    this.#options.audit({ kind: 'bundle.refused', body: { digest, stage, reason: reason.slice(0, 500) } });
  }
}
