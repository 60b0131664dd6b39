/**
 * One watch: the capture source and backends of the policy in force, the engine, and the tick that drives them. It
 * begins with the first bundle; another bundle changes it without a gap, other interfaces open the session anew.
 */
import { join } from 'node:path';
import { TidegateError } from '@tidegate/schemas';
import type { AuditEvent, Backend, BaselineReport, Bundle, DatapathReport } from '@tidegate/schemas';
import type { Recorder, RecorderOptions } from '../capture/recorder/index.ts';
import type { LoadedIndicators } from '../kernel/xdp/indicators.ts';
import type { RuleBackend } from '../actions/backend.ts';
import { Executor } from '../actions/executor.ts';
import { createEngine } from '../engine/index.ts';
import type { Journal } from '../engine/explain/index.ts';
import type { Command, Engine, EngineStatus, FoundRule, PlaybookEvent } from '../engine/index.ts';
import type { Reading } from '../engine/types.ts';
import { createLine } from '../line.ts';
import type { Line } from '../line.ts';
import type { Clock, Log, Random } from '../ports.ts';
import { Notifier } from '../actions/notify/index.ts';
import { BaselineKeeper } from './baseline.ts';
import { readPolicySecret } from './config.ts';
import type { AgentSettings } from './config.ts';
import { JournalFile } from './journal-file.ts';
import { EngineMemory } from './memory.ts';
import type { AuditChain } from './memory.ts';
import { PrefixTotals } from './prefix-totals.ts';
import { isPresent, openSession } from './session.ts';
import type { Session } from './session.ts';
import { openUpstream } from './upstream.ts';
import type { Upstream } from './upstream.ts';
import { Ticker } from './ticker.ts';
import type { TickFigures } from './ticker.ts';

export interface WatchOptions {
  readonly settings: AgentSettings;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly audit: AuditChain;
  /** Whether stop-all was ordered, also by a process beside this one. */
  readonly isStopOrdered: () => boolean;
  /** Digest of the bundle in force; null where there is none. */
  readonly policyDigest: () => string | null;
  /** What was loaded into the session beside policy and rules is to be loaded anew. */
  readonly onReopened: () => void;
}

/** What was found in the kernel at the start. */
export interface Adoption {
  readonly adopted: number;
  readonly removed: number;
}

type RecordingWish = Pick<RecorderOptions, 'durationMs' | 'bytesMax' | 'samplesPerWindow'> & {
  readonly anonymise: boolean;
};

export class Watch {
  readonly #options: WatchOptions;
  /** Why the last incidents were opened, named and answered as they were. */
  readonly journal: Journal;
  readonly #journalFile: JournalFile;
  readonly #notifier: Notifier;
  readonly #baseline: BaselineKeeper;
  readonly #prefixes = new PrefixTotals();
  readonly #engine: Engine;
  readonly #executor: Executor;
  readonly #line: Line;
  readonly #ticker: Ticker;
  readonly #memory: EngineMemory;
  #recorder: Recorder | null = null;
  #session: Session;
  readonly #upstream: Upstream;
  #bundle: Bundle;
  #faults = 0;
  #isBlind = false;
  #isLossTold = false;

  private constructor(
    options: WatchOptions,
    session: Session,
    upstream: Upstream,
    bundle: Bundle,
    baseline: BaselineKeeper,
  ) {
    const { settings, clock, random, audit, log } = options;
    this.#options = options;
    this.#session = session;
    this.#upstream = upstream;
    this.#bundle = bundle;
    this.#baseline = baseline;
    this.#journalFile = new JournalFile(settings.stateDir, log);
    this.journal = this.#journalFile.journal;
    const record = (event: AuditEvent): void => {
      audit.append(event);
      this.journal.add(event, clock.wallMs());
    };
    this.#notifier = new Notifier({
      ...{ node: settings.node, journal: this.journal, clock, log },
      secret: (reference) => readPolicySecret(reference, settings.policySecrets),
      audit: record,
    });
    this.#memory = new EngineMemory(join(settings.stateDir, 'engine.state'), audit, log);
    this.#engine = createEngine({
      random,
      clock,
      backends: order(session, upstream),
      targetsMax: settings.capture.targetsMax,
      baseline: baseline.baseline,
    });
    this.#executor = new Executor({
      backends: () => this.#backends(),
      source: {
        peek: (target) =>
          target.includes('/') ? this.#prefixes.peek(target) : this.#session.source.peek(target),
      },
      clock,
      onOutcome: (outcome) => {
        this.#line.outcome(outcome);
      },
    });
    this.#line = createLine({
      source: {
        read: () => this.#read(),
      },
      engine: this.#engine,
      audit: {
        append: (event) => {
          record(event);
          this.#notifier.take(event);
          if (event.kind === 'incident.opened') this.#session.companions?.incidentOpened(event.body);
        },
      },
      actions: this.#executor,
      remember: (records) => {
        this.#memory.remember(this.#engine.snapshot(), records);
      },
      clock,
    });
    this.#ticker = new Ticker(clock, () => {
      this.#tick();
    });
  }

  /** Opens the session, adopts what an earlier process left, and begins to tick. */
  static async start(options: WatchOptions, bundle: Bundle): Promise<{ watch: Watch; adoption: Adoption }> {
    const { stateDir, capture } = options.settings;
    const baseline = await BaselineKeeper.open(stateDir, capture.targetsMax, options.log);
    const session = await openSession(options.settings, bundle, options);
    const upstream = openUpstream(options.settings, options);
    const watch = new Watch(options, session, upstream, bundle, baseline);
    watch.#notifier.use(bundle);
    upstream.use(bundle);
    watch.#line.carryOut(watch.#engine.setPolicy(bundle));
    const adoption = await watch.#adopt();
    await examine(options.log);
    watch.#ticker.start();
    return { watch, adoption };
  }

  get description(): string {
    return this.#session.source.description;
  }

  /** What of the policy in force this node cannot do. */
  get notes(): readonly string[] {
    return [...this.#session.notes, ...this.#notifier.notes];
  }

  get ticks(): TickFigures {
    return this.#ticker.figures;
  }

  /** Puts a set of threat indicators into force, null for none. Rejects where it cannot be, also without XDP. */
  async useIndicators(path: string | null): Promise<LoadedIndicators | null> {
    const { companions } = this.#session;
    if (companions !== null) return await companions.useIndicators(path);
    if (path === null) return null;
    throw new TidegateError('TG2001', 'Threat indicators need XDP, and this node captures through libpcap.');
  }

  /** Null with any capture but XDP. */
  get datapath(): DatapathReport | null {
    return this.#session.companions?.report() ?? null;
  }

  get status(): EngineStatus {
    return this.#engine.status();
  }

  /** What a person asks or says about usual traffic. */
  async baseline(order: Parameters<BaselineKeeper['order']>[0]): Promise<BaselineReport> {
    return await this.#baseline.order(order, (event) => {
      this.#options.audit.append(event);
    });
  }

  /** Prepares a recording of what is seen from its begin on. Rejects with TG2012 while there is another one. */
  async recording(wanted: RecordingWish): Promise<(taker: RecorderOptions['taker']) => Recorder> {
    // Few nodes are ever recorded: the code is loaded where somebody asks.
    const { Anonymiser, Recorder } = await import('../capture/recorder/index.ts');
    if (this.#recorder?.isOver === false)
      throw new TidegateError('TG2012', 'a recording is under way; one is made at a time.');
    return (taker) => {
      const { settings, clock } = this.#options;
      this.#recorder?.stop('stopped');
      this.#recorder = new Recorder({
        ...wanted,
        ...{ node: settings.node, protect: this.#bundle.protect, wallMs: clock.wallMs(), taker },
        anonymiser: wanted.anonymise ? new Anonymiser() : null,
      });
      return this.#recorder;
    };
  }

  /** Takes another bundle; rejecting leaves the watch as it was. */
  async take(bundle: Bundle): Promise<void> {
    if (!this.#isBlind && this.#session.fits(bundle)) await this.#session.update(bundle);
    else await this.#reopen(bundle);
    this.#bundle = bundle;
    this.#notifier.use(bundle);
    this.#upstream.use(bundle);
    this.#line.carryOut(this.#engine.setPolicy(bundle));
  }

  /** Watches again where an interface went away and came back; call it every few seconds. */
  async heal(): Promise<void> {
    const lost = this.#isBlind ? this.#bundle.interfaces : this.#session.lostInterfaces();
    if (lost.length === 0) return;
    if (!this.#isLossTold)
      this.#options.log.error('an interface is gone and not watched', { interfaces: lost });
    this.#isLossTold = true;
    if (!lost.every(isPresent)) return;
    await this.#reopen(this.#bundle);
    this.#isLossTold = false;
    this.#options.log.info('watching again', { capture: this.description });
  }

  /** What a person ordered; resolves when it is carried out, with how many rules went. */
  async order(event: PlaybookEvent): Promise<number> {
    const before = this.#engine.status().mitigations.length;
    this.#line.event(event);
    this.#session.heedStop();
    await this.#executor.settled();
    return Math.max(0, before - this.#engine.status().mitigations.length);
  }

  /** Stops ticking. With `keepRules` they stay to their TTL; without, nothing of ours stays behind. */
  async stop(keepRules: boolean): Promise<{ kept: number; removed: number }> {
    this.#ticker.stop();
    this.#recorder?.stop('stopped');
    const rules = this.#engine.status().mitigations.length;
    if (!keepRules) {
      this.#line.event({ type: 'shutdown', atNs: this.#options.clock.monotonicNs() });
      await this.#executor.settled();
      for (const backend of this.#backends().values()) await backend.removeAll();
    }
    this.#executor.close();
    await this.#executor.settled();
    await this.#session.close({ keepRules });
    await this.#upstream.close();
    this.#notifier.close();
    await this.#baseline.close();
    await this.#journalFile.close();
    this.#memory.close();
    return keepRules ? { kept: rules, removed: 0 } : { kept: 0, removed: rules };
  }

  #read(): Reading {
    const reading = this.#session.source.read();
    this.#session.companions?.look(reading);
    this.#prefixes.take(reading);
    this.#recorder?.take(reading);
    const host = this.#session.host.read(reading.atNs);
    return host === undefined ? reading : { ...reading, host };
  }

  /** A fault in one tick must not end the defence; it is told once, and then counted. */
  #tick(): void {
    try {
      this.#obeyStopMarker();
      this.#line.tick();
      this.#session.companions?.tick(this.#engine.status().incidents.length);
      const atNs = this.#options.clock.monotonicNs();
      this.#baseline.tick(atNs);
      this.#journalFile.tick(atNs);
    } catch (error) {
      this.#faults += 1;
      if (this.#faults === 1 || this.#faults % 600 === 0) {
        this.#options.log.error('a tick failed', {
          faults: this.#faults,
          reason: String(error),
          stack: (error as Error).stack,
        });
      }
    }
  }

  /** stop-all may have been ordered while this process hung. */
  #obeyStopMarker(): void {
    if (!this.#options.isStopOrdered() || this.#engine.status().isStopped) return;
    this.#line.event({
      type: 'stop-all',
      atNs: this.#options.clock.monotonicNs(),
      by: 'stop-all while the agent hung',
    });
    this.#session.heedStop();
  }

  async #adopt(): Promise<Adoption> {
    const found: FoundRule[] = [];
    for (const [backend, rules] of this.#backends()) {
      for (const rule of await rules.list()) found.push({ backend, rule });
    }
    const commands = this.#engine.adopt(this.#recollect(), found);
    const removed = commands.filter((command: Command) => command.type === 'remove').length;
    for (const { id } of this.#engine.status().mitigations) this.#executor.adopt(id);
    this.#line.carryOut(commands);
    return { adopted: found.length - removed, removed };
  }

  /** Rejects where the session cannot be opened; then the one before is open again, or nothing is watched. */
  async #reopen(bundle: Bundle): Promise<void> {
    this.#ticker.stop();
    if (!this.#isBlind) await this.#session.close({ keepRules: true });
    this.#isBlind = true;
    try {
      await this.#open(bundle);
    } catch (error) {
      if (bundle !== this.#bundle) await this.#open(this.#bundle);
      throw error;
    }
  }

  async #open(bundle: Bundle): Promise<void> {
    this.#session = await openSession(this.#options.settings, bundle, this.#options);
    this.#isBlind = false;
    this.#engine.setBackends(order(this.#session, this.#upstream));
    this.#ticker.start();
    this.#options.onReopened();
  }

  #backends(): ReadonlyMap<Backend, RuleBackend> {
    return new Map([...this.#session.backends, ...this.#upstream.backends]);
  }

  #recollect(): unknown {
    const memory = this.#memory.recollect();
    const isStopped = this.#options.isStopOrdered();
    if (typeof memory !== 'object' || memory === null) return { ...this.#engine.snapshot(), isStopped };
    return { ...memory, isStopped };
  }
}

/** Proves the engine, and has its code compiled before the first attack; see the self-test. */
async function examine(log: Log): Promise<void> {
  const { selfTest } = await import('../engine/self-test.ts');
  for (const problem of selfTest())
    log.error('self-test failed: the engine does not name what it should', { problem });
}

const order = ({ backends, preferred }: Session, upstream: Upstream) => [
  preferred,
  ...[...backends.keys()].filter((name) => name !== preferred),
  ...upstream.backends.keys(),
];
