import { TidegateError, type AuditEvent, type Finding } from '@tidegate/schemas';
import type { Publisher } from '../bundles/index.ts';
import type { FeedDesk } from '../feeds/index.ts';
import { reasonOf, type Log } from '../ports.ts';
import type { PolicyRepository } from './repository.ts';
import { findingLine, isError, readRevision } from './revision.ts';

export interface PolicySyncOptions {
  readonly repository: PolicyRepository;
  readonly publisher: Publisher;
  readonly feeds: Pick<FeedDesk, 'take'>;
  readonly pollMs: number;
  readonly log: Log;
  /** Keeps an audit record. */
  readonly record: (event: AuditEvent) => Promise<void>;
}

/** Where the policy stands, as `/v1/status` shows it. */
export interface SyncStatus {
  /** The newest revision that was read. */
  readonly seenCommit: string | null;
  readonly findings: readonly Finding[];
  /** Why the last sync failed as a whole. */
  readonly error: string | null;
}

const findingsShownMax = 1000;
const findingsLoggedMax = 20;
const textMax = 500;

/**
 * Looks at the policy branch again and again: a new revision is validated and published, a bad one is refused, a
 * repository that cannot be read is tried again. What is in force changes only by a good revision.
 */
export class PolicySync {
  readonly #options: PolicySyncOptions;
  #status: SyncStatus = { seenCommit: null, findings: [], error: null };
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: PolicySyncOptions) {
    this.#options = options;
  }

  get status(): SyncStatus {
    return this.#status;
  }

  /** Syncs once, then goes on in the background. Never rejects. */
  async start(): Promise<void> {
    this.#running = this.#step();
    await this.#running;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#running;
  }

  /** The next look begins when this one has ended: a slow repository is never asked twice at a time. */
  async #step(): Promise<void> {
    await this.#sync();
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#step();
    }, this.#options.pollMs);
  }

  async #sync(): Promise<void> {
    const { repository, publisher } = this.#options;
    try {
      await publisher.renew();
      const commit = await repository.head();
      if (commit !== this.#status.seenCommit) await this.#take(commit);
      this.#status = { ...this.#status, error: null };
    } catch (error) {
      this.#fail(error);
    }
  }

  async #take(commit: string): Promise<void> {
    const { repository, publisher, feeds, log } = this.#options;
    const { findings, policy, feedGroups } = readRevision(commit, await repository.read(commit));
    if (policy === null) await this.#refuse(commit, findings.filter(isError));
    else {
      feeds.take({ commit, groups: feedGroups });
      await publisher.publish(policy);
      log.info({ commit, groups: policy.bundles.length }, 'policy in force');
    }
    // Only now: whatever failed before is tried again with the next look.
    this.#status = { seenCommit: commit, findings: findings.slice(0, findingsShownMax), error: null };
  }

  async #refuse(commit: string, errors: readonly Finding[]): Promise<void> {
    const { publisher, log, record } = this.#options;
    for (const finding of errors.slice(0, findingsLoggedMax)) log.error({ commit }, findingLine(finding));
    log.error({ commit, errors: errors.length, inForce: publisher.goodCommit }, 'policy revision refused');
    if (publisher.refusedCommit === commit) return;
    const first = wellFormed(findingLine(errors[0]!).slice(0, textMax));
    await record({ kind: 'policy.refused', body: { commit, findings: errors.length, first } });
    await publisher.noteRefused(commit);
  }

  /** Said once per cause: a repository that is gone for a night must not fill the log. */
  #fail(error: unknown): void {
    const code = error instanceof TidegateError ? error.code : 'TG3009';
    const reason = wellFormed(`${code}: ${reasonOf(error)}`.slice(0, textMax));
    if (reason !== this.#status.error) {
      this.#options.log.error(
        { code, reason, inForce: this.#options.publisher.goodCommit },
        'policy not synced',
      );
    }
    this.#status = { ...this.#status, error: reason };
  }
}

/** Half a character, from a policy or from cutting, has no canonical JSON and could not be recorded. */
const wellFormed = (text: string): string => text.replaceAll(/\p{Cs}/gu, '\u{fffd}');
