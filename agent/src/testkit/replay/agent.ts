/**
 * An agent on a recording: the line, the policy desk, the spool and the uplink as in the daemon, with replay in place of
 * capture and kernel. Virtual time goes as fast as `step` is called.
 */
import { join } from 'node:path';
import type { Bundle, Trust } from '@tidegate/schemas';
import { Executor } from '../../actions/executor.ts';
import { Spool } from '../../audit/spool.ts';
import { openReplay, readRecording } from '../../capture/replay/index.ts';
import type { ReplaySource } from '../../capture/replay/index.ts';
import { createEngine } from '../../engine/index.ts';
import type { Engine, EngineStatus } from '../../engine/index.ts';
import { createLine } from '../../line.ts';
import type { Line } from '../../line.ts';
import { systemClock } from '../../main/clock.ts';
import { heartbeatOf } from '../../main/report.ts';
import { agentVersion } from '../../main/version.ts';
import { PolicyDesk } from '../../policy/desk.ts';
import { PolicyStore } from '../../policy/store.ts';
import { bundleKeys } from '../../policy/verify.ts';
import type { Log } from '../../ports.ts';
import { loadIdentity } from '../../state/identity.ts';
import { HttpClient } from '../../uplink/http.ts';
import { Uplink } from '../../uplink/index.ts';

export interface ReplayAgentOptions {
  /** Folder for keys, bundles and spool. */
  readonly stateDir: string;
  readonly node: string;
  readonly labels: Record<string, string>;
  readonly controllerUrl: string;
  readonly joinToken: string;
  /** Path of the recording. */
  readonly recording: string;
}

export interface ReplayAgent {
  /** Whether the recording is over. */
  readonly ended: boolean;
  /** Virtual time since the start of the recording, ms. */
  readonly atMs: number;
  readonly policy: Bundle | null;
  readonly pendingRecords: number;
  readonly status: EngineStatus;
  /** Walks the line over the next window, and lets actions come to their receipts. */
  step(): Promise<void>;
  close(): Promise<void>;
}

const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
let identifiers = 0;
const random = { hex: (bytes: number) => (identifiers += 1).toString(16).padStart(bytes * 2, '0') };

export function startReplayAgent(options: ReplayAgentOptions): ReplayAgent {
  return new Replayed(options);
}

class Replayed implements ReplayAgent {
  readonly #replay: ReplaySource;
  readonly #spool: Spool;
  readonly #engine: Engine;
  readonly #executor: Executor;
  readonly #line: Line;
  readonly #desk: PolicyDesk;
  readonly #uplink: Uplink;
  #trust: Trust | null = null;

  constructor(options: ReplayAgentOptions) {
    const { stateDir, node } = options;
    this.#replay = openReplay(readRecording(options.recording));
    const { clock } = this.#replay;
    const backends = new Map([['replay' as const, this.#replay.openBackend()]]);
    this.#spool = new Spool({ directory: join(stateDir, 'audit'), agent: node, clock, log: silent });
    this.#engine = createEngine({ random, clock, backends: ['replay'] });
    this.#executor = new Executor({
      backends: () => backends,
      source: this.#replay,
      clock,
      onOutcome: (outcome) => {
        this.#line.outcome(outcome);
      },
    });
    const parts = { source: this.#replay, engine: this.#engine, audit: this.#spool, actions: this.#executor };
    this.#line = createLine({ ...parts, remember: () => undefined, clock });
    this.#desk = this.#openDesk(stateDir);
    this.#uplink = this.#openUplink(options);
    this.#uplink.start();
  }

  get ended(): boolean {
    return this.#replay.ended;
  }

  get atMs(): number {
    return this.#replay.clock.monotonicNs() / 1e6;
  }

  get policy(): Bundle | null {
    return this.#desk.standing.bundle;
  }

  get pendingRecords(): number {
    return this.#spool.pendingCount;
  }

  get status(): EngineStatus {
    return this.#engine.status();
  }

  async step(): Promise<void> {
    this.#line.tick();
    await this.#executor.settled();
    // The executor looks at a new rule in real time.
    await new Promise((resolve) => setTimeout(resolve, 12));
  }

  async close(): Promise<void> {
    this.#executor.close();
    await this.#spool.durable();
    await this.#uplink.close();
    await this.#spool.close();
  }

  #openDesk(stateDir: string): PolicyDesk {
    return new PolicyDesk({
      store: new PolicyStore(join(stateDir, 'policy'), silent),
      keys: () => bundleKeys(this.#trust),
      // A bundle expires by the wall clock, not by that of the recording.
      clock: systemClock,
      log: silent,
      audit: (event) => {
        this.#spool.append(event);
      },
      activate: ({ bundle, signed: { digest } }) => {
        const { epoch, commit, mode } = bundle;
        const capture = this.#replay.description.slice(0, 64);
        this.#spool.append({
          kind: 'agent.started',
          body: { version: agentVersion, capture, adopted: 0, removed: 0 },
        });
        this.#line.carryOut(this.#engine.setPolicy(bundle));
        this.#spool.setPolicy({ digest, epoch, commit });
        this.#spool.append({ kind: 'bundle.activated', body: { digest, epoch, commit, mode } });
        return Promise.resolve();
      },
    });
  }

  #openUplink({ stateDir, node, labels, controllerUrl, joinToken }: ReplayAgentOptions): Uplink {
    return new Uplink({
      client: new HttpClient({ url: controllerUrl }),
      identity: loadIdentity(stateDir),
      ...{ node, labels, spool: this.#spool, trust: null, log: silent },
      joinToken: () => joinToken,
      onEnrolled: (trust) => {
        this.#trust = trust;
      },
      offeredDigest: () => this.#desk.standing.offered,
      onBundle: async (offered) => await this.#desk.offer(offered),
      heartbeat: () => {
        const { standing } = this.#desk;
        return heartbeatOf({
          node,
          wallMs: Date.now(),
          standing,
          spool: this.#spool,
          watch: null,
          indicators: { wanted: null, effective: null, failed: null },
          isStopped: false,
        });
      },
    });
  }
}
