/**
 * Carries out what the playbook decided, and reports only what was read back.
 *
 * The tick hands a task over and goes on: nothing here is awaited by it. Each backend has one queue, so that its
 * transactions never overlap; a backend that hangs delays no other. Receipts come in order: `installed` once the rule
 * was read back, `effective` once its own counter rose and the matching traffic fell.
 */
import { TidegateError } from '@tidegate/schemas';
import type { AuditBody, Backend, ReceiptLevel } from '@tidegate/schemas';
import type { CaptureSource } from '../capture/source.ts';
import { counter } from '../engine/types.ts';
import type { CounterName } from '../engine/types.ts';
import type { Clock } from '../ports.ts';
import type { InstalledRule, RuleBackend, RuleRequest } from './backend.ts';
import { effectBetween, isEarly } from '../engine/effect.ts';
import type { Look } from '../engine/effect.ts';

export type RemovalReason = AuditBody<'action.removed'>['reason'];

/** What is needed to see whether a rule takes effect. */
interface Expectation {
  readonly backend: Backend;
  readonly target: string;
  /** Counter in which the attack shows. */
  readonly counter: CounterName;
  /** Packets/s of that counter that may go on passing, because legitimate traffic shows there as well. */
  readonly remainderPacketsPerSecond: number;
}

/** A rule to install. */
export interface InstallTask extends Expectation {
  readonly rule: RuleRequest;
}

/** A rule that is installed, and was not seen to take effect. */
export interface WatchTask extends Expectation {
  readonly id: string;
}

export type Outcome =
  | {
      readonly type: 'receipt';
      readonly id: string;
      readonly level: ReceiptLevel;
      readonly rule: InstalledRule;
    }
  | { readonly type: 'renewed'; readonly id: string }
  /** Answer to `verify`; null where the rule is not installed. */
  | { readonly type: 'seen'; readonly id: string; readonly rule: InstalledRule | null }
  | { readonly type: 'failed'; readonly id: string; readonly code: string; readonly reason: string }
  | {
      readonly type: 'removed';
      readonly id: string;
      readonly reason: RemovalReason;
      readonly rule: InstalledRule | null;
      readonly verified: boolean;
    };

export interface ExecutorOptions {
  /** Asked anew for each task: they may be opened again for other interfaces. */
  readonly backends: () => ReadonlyMap<Backend, RuleBackend>;
  readonly source: Pick<CaptureSource, 'peek'>;
  readonly clock: Clock;
  readonly onOutcome: (outcome: Outcome) => void;
}

/** Between two looks at a rule that was just installed, ms. */
const lookMs = 8;
/** The same, of a rule for which nothing came yet, ms. */
const idleLookMs = 100;
/** A rule that the attack goes past for this long is reported as without effect, ms. */
const effectMsMax = 3000;

export class Executor {
  readonly #options: ExecutorOptions;
  readonly #queues = new Map<Backend, Promise<void>>();
  readonly #wanted = new Set<string>();
  #closed = false;

  constructor(options: ExecutorOptions) {
    this.#options = options;
  }

  #backend(name: Backend): RuleBackend {
    const backend = this.#options.backends().get(name);
    if (backend === undefined)
      throw new TidegateError('TG2002', `The backend ${name} is not available on this node.`);
    return backend;
  }

  install(task: InstallTask): void {
    const { id } = task.rule;
    this.#wanted.add(id);
    this.#enqueue(task.backend, id, async (backend) => {
      if (!this.#wanted.has(id)) return;
      await backend.apply(task.rule);
      const rule = await backend.readBack(id);
      if (rule === null)
        throw new TidegateError('TG2004', `${id} was accepted by ${backend.name} but cannot be read back.`);
      this.#options.onOutcome({ type: 'receipt', id, level: rule.level ?? 'installed', rule });
      if (showsEffect(task.rule)) void this.#watchEffect({ ...task, id }, backend, rule);
    });
  }

  renew(task: Pick<InstallTask, 'rule' | 'backend'>): void {
    const { id } = task.rule;
    this.#enqueue(task.backend, id, async (backend) => {
      if (!this.#wanted.has(id)) return;
      await backend.apply(task.rule);
      this.#options.onOutcome({ type: 'renewed', id });
    });
  }

  /** Takes a rule that is installed already, after a restart, under its care. */
  adopt(id: string): void {
    this.#wanted.add(id);
  }

  /** Looks for the effect of a rule that was adopted. */
  watch(task: WatchTask): void {
    this.#enqueue(task.backend, task.id, async (backend) => {
      const rule = await backend.readBack(task.id);
      if (rule !== null) void this.#watchEffect(task, backend, rule);
    });
  }

  /** Reads a rule back. */
  verify(backend: Backend, id: string): void {
    this.#enqueue(backend, id, async (runner) => {
      const rule = await runner.readBack(id);
      this.#options.onOutcome({ type: 'seen', id, rule });
    });
  }

  remove(backend: Backend, id: string, reason: RemovalReason): void {
    this.#wanted.delete(id);
    this.#enqueue(backend, id, async (runner) => {
      const rule = await runner.remove(id);
      const left = await runner.readBack(id);
      this.#options.onOutcome({ type: 'removed', id, reason, rule, verified: left === null });
    });
  }

  #enqueue(name: Backend, id: string, work: (backend: RuleBackend) => Promise<void>): void {
    const before = this.#queues.get(name) ?? Promise.resolve();
    const after = before.then(async () => {
      try {
        await work(this.#backend(name));
      } catch (error) {
        this.#fail(id, error);
      }
    });
    this.#queues.set(name, after);
  }

  #fail(id: string, error: unknown): void {
    const code = error instanceof TidegateError ? error.code : 'TG2003';
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.onOutcome({ type: 'failed', id, code, reason: reason.slice(0, 500) });
  }

  /** Looks again and again until the effect is seen, the rule is gone, or the attack went past it for too long. */
  async #watchEffect(task: WatchTask, backend: RuleBackend, installed: InstalledRule): Promise<void> {
    const { id, remainderPacketsPerSecond } = task;
    let before = this.#look(task, installed);
    const startNs = before.atNs;
    let idleAtNs = startNs;
    let pauseMs = lookMs;
    while (!this.#closed && this.#wanted.has(id)) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      const rule = await backend.readBack(id).catch(() => null);
      if (rule === null || !this.#wanted.has(id)) return;
      const now = this.#look(task, rule);
      const effect = effectBetween(before, now, remainderPacketsPerSecond);
      if (effect === 'effective') {
        this.#options.onOutcome({ type: 'receipt', id, level: 'effective', rule });
        return;
      }
      if (effect === 'idle') idleAtNs = now.atNs;
      if (!isEarly(before, now)) before = now;
      if (now.atNs - startNs > effectMsMax * 1e6) pauseMs = idleLookMs;
      if (now.atNs - idleAtNs > effectMsMax * 1e6) {
        this.#fail(id, withoutEffect(id));
        return;
      }
    }
  }

  #look(task: Expectation, rule: InstalledRule): Look {
    const row = this.#options.source.peek(task.target);
    return {
      atNs: this.#options.clock.monotonicNs(),
      // What matched a SYN proxy and was not answered went on to the server.
      hits: Number(rule.verdict === 'synproxy' ? (rule.answered ?? 0n) : rule.packets),
      offered: row?.[counter[task.counter]] ?? 0,
      // What a ceiling held back is not the doing of a rule.
      dropped: (row?.[counter.droppedPackets] ?? 0) - (row?.[counter.ceilingPackets] ?? 0),
    };
  }

  /** Resolves when everything that was handed over is done, with what followed from it. */
  async settled(): Promise<void> {
    let known: Promise<void>[];
    do {
      known = [...this.#queues.values()];
      await Promise.all(known);
    } while (![...this.#queues.values()].every((queue) => known.includes(queue)));
  }

  close(): void {
    this.#closed = true;
  }
}

/** What is only counted, or let pass up to a rate, never falls away; of what others drop nobody here counts it. */
const showsEffect = ({ verdict, announced, diverted }: RuleRequest): boolean =>
  announced === undefined && diverted === undefined && (verdict === 'drop' || verdict === 'synproxy');

const withoutEffect = (id: string): TidegateError =>
  new TidegateError(
    'TG2013',
    `${id} is installed, but the matching traffic did not fall within ${String(effectMsMax)} ms.`,
  );
