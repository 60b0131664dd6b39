/**
 * An agent on a recording: the line, the policy desk, the spool and the uplink as in the daemon, with replay in place of
 * capture and kernel. Virtual time goes as fast as `step` is called.
 */
import { join } from 'node:path';
import { fromBase64, keyIdOf } from '@tidegate/schemas';
import type { Bundle, Trust } from '@tidegate/schemas';
import { Executor } from '../../actions/executor.ts';
import { Spool } from '../../audit/spool.ts';
import { openReplay, readRecording } from '../../capture/replay/index.ts';
import { createEngine } from '../../engine/index.ts';
import type { EngineStatus } from '../../engine/index.ts';
import { createLine } from '../../line.ts';
import { heartbeatOf } from '../../main/report.ts';
import { PolicyDesk } from '../../policy/desk.ts';
import { PolicyStore } from '../../policy/store.ts';
import { publicKeyFromRaw } from '../../policy/verify.ts';
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

export function startReplayAgent(options: ReplayAgentOptions): ReplayAgent {
  const { stateDir, node, labels } = options;
  const replay = openReplay(readRecording(options.recording));
  const { clock } = replay;
  const backend = replay.openBackend();
  const spool = new Spool({ directory: join(stateDir, 'audit'), agent: node, clock, log: silent });
  const random = { hex: (bytes: number) => (identifiers += 1).toString(16).padStart(bytes * 2, '0') };
  const engine = createEngine({ random, clock, backends: ['replay'] });
  const executor = new Executor({
    backends: () => new Map([['replay', backend]]),
    source: replay,
    clock,
    onOutcome: (outcome) => {
      line.outcome(outcome);
    },
  });
  const line = createLine({
    source: replay,
    engine,
    audit: spool,
    actions: executor,
    remember: () => undefined,
    clock,
  });
  let trust: Trust | null = null;
  const desk = new PolicyDesk({
    store: new PolicyStore(join(stateDir, 'policy'), silent),
    keys: () =>
      new Map(
        (trust?.bundle ?? []).map(({ publicKey }) => [
          keyIdOf(fromBase64(publicKey)),
          publicKeyFromRaw(publicKey),
        ]),
      ),
    clock: { ...clock, wallMs: () => Date.now() },
    log: silent,
    audit: (event) => {
      spool.append(event);
    },
    activate: ({ bundle, signed: { digest } }) => {
      const { epoch, commit, mode } = bundle;
      spool.append({
        kind: 'agent.started',
        body: { version: 'replay', capture: 'replay', adopted: 0, removed: 0 },
      });
      line.carryOut(engine.setPolicy(bundle));
      spool.setPolicy({ digest, epoch, commit });
      spool.append({ kind: 'bundle.activated', body: { digest, epoch, commit, mode } });
      return Promise.resolve();
    },
  });
  const uplink = new Uplink({
    client: new HttpClient({ url: options.controllerUrl }),
    identity: loadIdentity(stateDir),
    ...{ node, labels, spool, trust, log: silent },
    joinToken: () => options.joinToken,
    onEnrolled: (enrolled) => {
      trust = enrolled;
    },
    offeredDigest: () => desk.standing.offered,
    onBundle: (offered) => {
      desk.offer(offered);
    },
    heartbeat: () =>
      heartbeatOf({
        node,
        wallMs: Date.now(),
        standing: desk.standing,
        spool,
        watch: null,
        isStopped: false,
      }),
  });
  uplink.start();
  return {
    get ended() {
      return replay.ended;
    },
    get atMs() {
      return clock.monotonicNs() / 1e6;
    },
    get policy() {
      return desk.standing.bundle;
    },
    get pendingRecords() {
      return spool.pendingCount;
    },
    get status() {
      return engine.status();
    },
    step: async () => {
      line.tick();
      await executor.settled();
      // The executor looks at a new rule in real time.
      await new Promise((resolve) => setTimeout(resolve, 12));
    },
    close: async () => {
      executor.close();
      await spool.durable();
      await uplink.close();
      await spool.close();
    },
  };
}
