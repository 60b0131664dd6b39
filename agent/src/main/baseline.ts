/**
 * What is usual, as this process holds it: loaded at the start, kept on disk while it grows, shown and told by people.
 *
 * Promises: a restart loses at most 60 s of learning; a file that is damaged is told, and the one before is used; nothing
 * here waits for a disk on the thread of the ticks.
 */
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { TidegateError } from '@tidegate/schemas';
import type { AuditEvent, BaselineReport, ControlRequest } from '@tidegate/schemas';
import { Baseline } from '../engine/baseline/index.ts';
import { featureNames } from '../engine/features.ts';
import type { Log } from '../ports.ts';
import { BaselineFile } from '../state/baseline-file.ts';

type Order = Extract<ControlRequest, { command: 'baseline' }>;

export class BaselineKeeper {
  readonly baseline: Baseline;
  readonly #file: BaselineFile;
  readonly #log: Log;
  #isFailing = false;

  private constructor(baseline: Baseline, file: BaselineFile, log: Log) {
    this.baseline = baseline;
    this.#file = file;
    this.#log = log;
  }

  static async open(stateDir: string, targetsMax: number, log: Log): Promise<BaselineKeeper> {
    const file = new BaselineFile(join(stateDir, 'baseline'));
    const { baseline, problems } = await file.load({ features: featureNames, targetsMax });
    for (const problem of problems) log.warn('what was learned of usual traffic is damaged', { problem });
    return new BaselineKeeper(baseline, file, log);
  }

  /** Call it every tick. */
  tick(monotonicNs: number): void {
    this.#file.saveWhenDue(this.baseline, monotonicNs / 1e6, (error) => {
      if (!this.#isFailing)
        this.#log.error('what is usual cannot be kept on disk', { reason: String(error) });
      this.#isFailing = true;
    });
  }

  async close(): Promise<void> {
    await this.#file.save(this.baseline).catch((error: unknown) => {
      this.#log.error('what is usual cannot be kept on disk', { reason: String(error) });
    });
  }

  /** Carries out what a person asks; what changes something goes on record. Rejects with TG2012 where it makes no sense. */
  async order(order: Order, audit: (event: AuditEvent) => void): Promise<BaselineReport> {
    const { target } = order;
    if (order.order === 'reset') this.baseline.reset(target);
    else if (order.order !== 'show') this.#pin(order);
    if (order.order !== 'show') {
      const subject = [target ?? 'all', order.volume, order.value]
        .filter((part) => part !== undefined)
        .join(' ');
      const body = { command: `baseline-${order.order}` as const, subject, by: order.by };
      audit({ kind: 'operator.command', body });
    }
    return await this.#report(target);
  }

  #pin({ order, target, volume, value }: Order): void {
    if (target === null || volume === undefined)
      throw new TidegateError('TG2012', 'a pin needs a target and a volume, such as packets.');
    if (order === 'pin' && value === undefined)
      throw new TidegateError('TG2012', `a pin of ${volume} needs a rate, such as 5kpps.`);
    const pin = order === 'unpin' || value === undefined ? null : { median: value, high: value };
    for (const [index, name] of featureNames.entries())
      if (name.startsWith(`${volume}@`)) this.baseline.pin(target, index, pin);
  }

  /** In slices, between which ticks have their turn. */
  async #report(target: string | null): Promise<BaselineReport> {
    const targets: BaselineReport['targets'] = [];
    for (const [index, name] of (target === null ? this.baseline.targets : [target]).entries()) {
      const report = this.baseline.inspect(name, target !== null);
      if (report !== null) targets.push(plain(report));
      if (index % sliceTargets === sliceTargets - 1) await setImmediate();
    }
    return { schema: 'tidegate/control-baseline/v1', bytes: this.baseline.bytes, targets };
  }
}

/** Some two milliseconds' work. */
const sliceTargets = 4;

type Report = NonNullable<ReturnType<Baseline['inspect']>>;

const plain = ({ features, ...rest }: Report): BaselineReport['targets'][number] => ({
  ...rest,
  features: features.map(({ hours, ...feature }) => ({
    ...feature,
    hours: hours === null ? null : [...hours],
  })),
});
