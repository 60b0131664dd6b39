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

export type RemovalReason = AuditBody<'action.removed'>['reason'];

/** A rule to install, with what is needed to see whether it takes effect. */
export interface InstallTask {
  readonly rule: RuleRequest;
  readonly backend: Backend;
  readonly target: string;
  /** Counter in which the attack shows. */
  readonly counter: CounterName;
  /** Packets/s of that counter that may go on passing, because legitimate traffic shows there as well. */
  readonly remainderPacketsPerSecond: number;
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
/** A rule whose effect was not seen after this long is reported as without effect, ms. */
const effectMsMax = 3000;
/** Share of the attack that may still pass. */
const passingShareMax = 0.05;
/** Fewer hits than this say nothing. */
const hitsMin = 20;

interface Look {
  readonly atNs: number;
  readonly hits: number;
  readonly offered: number;
  readonly dropped: number;
}

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
      this.#options.onOutcome({ type: 'receipt', id, level: 'installed', rule });
      if (task.rule.verdict === 'drop') void this.#watchEffect(task, backend, rule);
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

  /** Looks again and again until the effect is seen, the rule is gone, or it took too long. */
  async #watchEffect(task: InstallTask, backend: RuleBackend, installed: InstalledRule): Promise<void> {
    const { id } = task.rule;
    const startNs = this.#options.clock.monotonicNs();
    let before = this.#look(task, installed);
    while (!this.#closed && this.#wanted.has(id)) {
      await new Promise((resolve) => setTimeout(resolve, lookMs));
      const rule = await backend.readBack(id).catch(() => null);
      if (rule === null || !this.#wanted.has(id)) return;
      const now = this.#look(task, rule);
      if (isEffective(before, now, task.remainderPacketsPerSecond)) {
        this.#options.onOutcome({ type: 'receipt', id, level: 'effective', rule });
        return;
      }
      if (now.hits - before.hits >= hitsMin) before = now;
      if (now.atNs - startNs > effectMsMax * 1e6) {
        this.#fail(
          id,
          new TidegateError(
            'TG2013',
            `${id} is installed, but the matching traffic did not fall within ${String(effectMsMax)} ms.`,
          ),
        );
        return;
      }
    }
  }

  #look(task: InstallTask, rule: InstalledRule): Look {
    const row = this.#options.source.peek(task.target);
    return {
      atNs: this.#options.clock.monotonicNs(),
      hits: Number(rule.packets),
      offered: row?.[counter[task.counter]] ?? 0,
      dropped: row?.[counter.droppedPackets] ?? 0,
    };
  }

  /** Resolves when everything that was handed over is done. */
  async settled(): Promise<void> {
    await Promise.all(this.#queues.values());
  }

  close(): void {
    this.#closed = true;
  }
}

/** Whether between two looks the rule dropped packets and nearly nothing of the attack went past it. */
export function isEffective(before: Look, now: Look, remainderPacketsPerSecond: number): boolean {
  const hits = now.hits - before.hits;
  if (hits < hitsMin) return false;
  const offered = now.offered - before.offered;
  const passing = offered - Math.max(hits, now.dropped - before.dropped);
  const seconds = (now.atNs - before.atNs) / 1e9;
  return passing <= Math.max(offered * passingShareMax, remainderPacketsPerSecond * seconds);
}
