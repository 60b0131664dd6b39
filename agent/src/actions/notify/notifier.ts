/** Puts the parts together: audit records in, notifications out, and records of what became of them. */
import { wildcardMatches } from '@tidegate/schemas';
import type { AuditEvent, Bundle, CompiledChannel } from '@tidegate/schemas';
import type { Journal } from '../../engine/explain/index.ts';
import type { Clock, Log } from '../../ports.ts';
import { canGather, delivererOf, secretsOf } from './channels/index.ts';
import type { ReadSecret } from './channels/index.ts';
import { notificationOf } from './notification.ts';
import { Occasions } from './occasions.ts';
import type { Occasion } from './occasions.ts';
import { Outbox } from './outbox.ts';
import { shortReason } from './reason.ts';
import type { Outcome } from './outbox.ts';

export interface NotifierOptions {
  readonly node: string;
  readonly journal: Journal;
  readonly secret: ReadSecret;
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: (event: AuditEvent) => void;
}

export class Notifier {
  readonly #options: NotifierOptions;
  readonly #occasions = new Occasions();
  #outboxes = new Map<string, Outbox>();
  #bundle: Bundle | null = null;
  #timer: { readonly dueMs: number; readonly handle: NodeJS.Timeout } | null = null;
  /** Channels that cannot be used as things are, in sentences. */
  notes: readonly string[] = [];

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  /** Takes over the channels of a policy. What waits for a channel that stays the same goes on waiting. */
  use(bundle: Bundle): void {
    const before = this.#outboxes;
    this.#bundle = bundle;
    this.#outboxes = new Map(
      (bundle.channels ?? []).map((channel) => {
        const known = before.get(channel.name);
        const isSame = JSON.stringify(known?.channel) === JSON.stringify(channel);
        return [channel.name, isSame ? known! : this.#open(channel)];
      }),
    );
    this.notes = (bundle.channels ?? []).flatMap((channel) => this.#faultOf(channel));
    for (const [name, outbox] of before) if (this.#outboxes.get(name) !== outbox) outbox.close();
  }

  /** Takes an audit record, after the journal has it. Costs the caller a few lookups; everything else comes later. */
  take(event: AuditEvent): void {
    if (this.#outboxes.size === 0) return;
    this.#occasions.take(event, this.#options.clock.wallMs());
    this.#schedule();
  }

  /** Gives up what still waits, and says so. */
  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer.handle);
    for (const outbox of this.#outboxes.values()) outbox.close();
    this.#outboxes.clear();
  }

  /** What is told again in minutes keeps nothing waiting that is due before. */
  #schedule(): void {
    const dueMs = this.#occasions.nextMs;
    if (dueMs === null || (this.#timer !== null && this.#timer.dueMs <= dueMs)) return;
    if (this.#timer !== null) clearTimeout(this.#timer.handle);
    const handle = setTimeout(
      () => {
        this.#timer = null;
        this.#tell();
        this.#schedule();
      },
      Math.max(0, dueMs - this.#options.clock.wallMs()),
    );
    this.#timer = { dueMs, handle };
  }

  #tell(): void {
    const { journal, node, clock, log } = this.#options;
    const bundle = this.#bundle;
    if (bundle === null) return;
    const nowMs = clock.wallMs();
    for (const occasion of this.#occasions.due(nowMs)) {
      try {
        const entry = journal.find(occasion.incident);
        const notification = entry === null ? null : notificationOf(occasion, entry, { node, bundle, nowMs });
        if (entry === null || notification === null) {
          this.#forgotten(occasion);
          continue;
        }
        const names = new Set(entry.records.flatMap(({ event }) => namesOf(event)));
        for (const outbox of this.#outboxesFor(names, occasion)) outbox.offer(notification);
      } catch (error) {
        log.error('a notification could not be written', {
          incident: occasion.incident,
          reason: String(error),
        });
      }
    }
  }

  /** More incidents began at once than the journal holds: what they were called is not known any more. */
  #forgotten(about: Occasion): void {
    const { incident, occasion } = about;
    const reason = 'more incidents began at once than are remembered';
    for (const { channel } of this.#outboxesFor(new Set(), about)) {
      const body = { incident, channel: channel.name, occasion, attempts: 0, reason };
      this.#options.audit({ kind: 'notification.failed', body });
    }
  }

  #outboxesFor(incident: ReadonlySet<string>, { occasion }: Occasion): Outbox[] {
    const names = new Set(this.#bundle?.notify);
    for (const { families, notify = [] } of this.#bundle?.playbooks ?? []) {
      if (!families.some((pattern) => [...incident].some((one) => wildcardMatches(pattern, one)))) continue;
      for (const name of notify) names.add(name);
    }
    return [...names].flatMap((name) => {
      const outbox = this.#outboxes.get(name);
      return outbox?.channel.on.includes(occasion) === true ? [outbox] : [];
    });
  }

  #faultOf({ name, to }: CompiledChannel): string[] {
    try {
      for (const reference of secretsOf(to)) this.#options.secret(reference);
      return [];
    } catch (error) {
      return [`channel ${name} cannot be used: ${shortReason(error)}`];
    }
  }

  #open(channel: CompiledChannel): Outbox {
    const { secret, clock } = this.#options;
    const nowMs = (): number => clock.wallMs();
    return new Outbox({
      channel,
      deliver: delivererOf(channel, secret, nowMs),
      canGather: canGather(channel),
      nowMs,
      onOutcome: (outcome) => {
        this.#record(channel.name, outcome);
      },
    });
  }

  #record(channel: string, { notification, attempts, failure }: Outcome): void {
    const { audit, log, clock } = this.#options;
    const { incident, occasion, at } = notification;
    const about = { incident, channel, occasion, attempts };
    if (failure === null) {
      const afterMs = Math.max(0, Math.round(clock.wallMs() - Date.parse(at)));
      audit({ kind: 'notification.sent', body: { ...about, afterMs } });
      return;
    }
    log.error('a notification was given up', { ...about, reason: failure });
    audit({ kind: 'notification.failed', body: { ...about, reason: failure } });
  }
}

/** What an incident was called, and what it was found to be made of. */
function namesOf(event: AuditEvent): string[] {
  if (event.kind !== 'incident.opened' && event.kind !== 'incident.updated') return [];
  const { family, vectors = [] } = event.body;
  return [family, ...vectors.map((vector) => vector.family)];
}
