/**
 * The agent as a whole: starts with the last good bundle, takes new ones, answers the control socket, stops in order.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { TidegateError } from '@tidegate/schemas';
import type { AuditEvent, Bundle, ControlRequest, ControlResponse, Trust } from '@tidegate/schemas';
import { Spool } from '../audit/spool.ts';
import type { PolicyStamp } from '../audit/spool.ts';
import { serveControl } from '../control/server.ts';
import type { ControlStream } from '../control/server.ts';
import { explain } from '../engine/explain/index.ts';
import { PolicyDesk } from '../policy/desk.ts';
import { IndicatorDesk } from '../policy/indicators/desk.ts';
import { IndicatorStore } from '../policy/indicators/store.ts';
import { PolicyStore } from '../policy/store.ts';
import { bundleKeys } from '../policy/verify.ts';
import type { VerifiedBundle } from '../policy/verify.ts';
import type { Log } from '../ports.ts';
import { removeFile, writeJson } from '../state/files.ts';
import { loadIdentity, loadTrust, saveTrust } from '../state/identity.ts';
import { HttpClient } from '../uplink/http.ts';
import { Uplink } from '../uplink/index.ts';
import { systemClock, systemRandom } from './clock.ts';
import { controlSocket, readSecret, stopMarker } from './config.ts';
import type { AgentSettings } from './config.ts';
import { recordingStream } from './recording-stream.ts';
import { heartbeatOf, statusOf } from './report.ts';
import type { ReportParts } from './report.ts';
import { agentVersion } from './version.ts';
import { Watch } from './watch.ts';

/** How often a bundle that could not be put in force is tried again, ms. */
const retryMs = 5000;
/** How long an orderly stop waits for its last records to be taken by the controller, ms. */
const farewellMs = 1500;

export class Daemon {
  readonly #settings: AgentSettings;
  readonly #log: Log;
  readonly #spool: Spool;
  readonly #desk: PolicyDesk;
  readonly #indicators: IndicatorDesk;
  #trust: Trust | null;
  #watch: Watch | null = null;
  #uplink: Uplink | null = null;
  /** Why there is no uplink, told once; empty where none is wanted. */
  #uplinkFault: string | null = null;
  #retryTimer: NodeJS.Timeout | null = null;
  #control: { close(): Promise<void> } | null = null;

  private constructor(settings: AgentSettings, log: Log) {
    this.#settings = settings;
    this.#log = log;
    const { stateDir, node, spoolBytesMax } = settings;
    this.#trust = loadTrust(stateDir);
    this.#spool = new Spool({
      directory: join(stateDir, 'audit'),
      agent: node,
      clock: systemClock,
      log,
      bytesMax: spoolBytesMax,
    });
    this.#desk = new PolicyDesk({
      store: new PolicyStore(join(stateDir, 'policy'), log),
      keys: () => bundleKeys(this.#trust, settings.controller?.bundleKeys),
      clock: systemClock,
      log,
      audit: (event) => {
        this.#spool.append(event);
      },
      activate: async (verified) => {
        await this.#activate(verified);
      },
    });
    this.#indicators = new IndicatorDesk({
      store: new IndicatorStore(join(stateDir, 'indicators')),
      download: async (digest, take, signal) => {
        if (this.#uplink === null) throw new Error('the controller cannot be talked to');
        return await this.#uplink.fetchIndicators(digest, take, signal);
      },
      use: async (path) => (await this.#watch?.useIndicators(path)) ?? null,
      log,
      audit: (event) => {
        this.#spool.append(event);
      },
    });
  }

  /** Rejects when the state folder cannot be used or another agent holds it. */
  static async start(settings: AgentSettings, log: Log): Promise<Daemon> {
    makeFolder(settings.stateDir);
    makeFolder(settings.runDir);
    // The socket first: a second agent must not touch the state of the one that runs.
    let daemon: Daemon | null = null;
    const control = await serveControl(controlSocket(settings), async (request) => {
      if (daemon === null) throw new TidegateError('TG2009', 'the agent is still starting');
      return await daemon.#answer(request);
    });
    try {
      daemon = new Daemon(settings, log);
      daemon.#control = control;
      await daemon.#desk.resume();
      daemon.#connect();
      daemon.#startRetrying();
      return daemon;
    } catch (error) {
      await control.close();
      throw error;
    }
  }

  /** Ends in order: rules go or stay by `onStop`, the last records are offered to the controller. */
  async stop(reason: string): Promise<void> {
    if (this.#retryTimer !== null) clearInterval(this.#retryTimer);
    await this.#desk.settled();
    await this.#indicators.close();
    const rules = (await this.#watch?.stop(this.#settings.onStop === 'keep')) ?? { kept: 0, removed: 0 };
    this.#spool.append({ kind: 'agent.stopped', body: { reason, ...rules } });
    await this.#spool.durable();
    await this.#sayFarewell();
    await this.#uplink?.close();
    await this.#spool.close();
    await this.#control?.close();
  }

  #startRetrying(): void {
    this.#retryTimer = setInterval(() => {
      this.#connect();
      this.#desk.retry();
      this.#desk.between(async () => {
        await this.#watch?.heal();
      });
    }, retryMs);
  }

  async #activate({ bundle, signed: { digest } }: VerifiedBundle): Promise<void> {
    const { epoch, commit, mode } = bundle;
    if (this.#watch === null) await this.#begin(bundle, { digest, epoch, commit });
    else await this.#watch.take(bundle);
    this.#spool.setPolicy({ digest, epoch, commit });
    this.#spool.append({ kind: 'bundle.activated', body: { digest, epoch, commit, mode } });
    // The policy is in force at once; the set that it names follows.
    this.#indicators.want(bundle.indicators);
  }

  async #begin(bundle: Bundle, policy: PolicyStamp): Promise<void> {
    const options = {
      settings: this.#settings,
      clock: systemClock,
      random: systemRandom,
      log: this.#log,
      audit: this.#spool,
      isStopOrdered: () => existsSync(stopMarker(this.#settings)),
      policyDigest: () => this.#desk.standing.effective,
      onReopened: () => {
        this.#indicators.reload();
      },
    };
    // What is adopted or removed is so under this policy, and recorded under it.
    this.#spool.setPolicy(policy);
    try {
      const { watch, adoption } = await Watch.start(options, bundle);
      this.#watch = watch;
      this.#log.info('watching', { capture: watch.description, ...adoption });
      const capture = watch.description.slice(0, 64);
      this.#spool.append({ kind: 'agent.started', body: { version: agentVersion, capture, ...adoption } });
    } catch (error) {
      this.#spool.setPolicy(null);
      throw error;
    }
  }

  /** Begins to talk to the controller. What is wrong with its address or certificate keeps nobody from defending. */
  #connect(): void {
    const { controller } = this.#settings;
    if (this.#uplink !== null || this.#uplinkFault === '') return;
    if (controller === null) {
      this.#log.warn('no controller is configured; the last good bundle on disk stays in force');
      this.#uplinkFault = '';
      return;
    }
    try {
      this.#openUplink(controller, new HttpClient(controller));
      this.#uplinkFault = null;
    } catch (error) {
      if (!(error instanceof TidegateError)) throw error;
      if (error.message !== this.#uplinkFault)
        this.#log.error('the controller cannot be talked to; trying again', {
          code: error.code,
          reason: error.message,
        });
      this.#uplinkFault = error.message;
    }
  }

  #openUplink(controller: NonNullable<AgentSettings['controller']>, client: HttpClient): void {
    const { node, labels, stateDir } = this.#settings;
    this.#uplink = new Uplink({
      client,
      identity: loadIdentity(stateDir),
      ...{ node, labels, spool: this.#spool, log: this.#log, trust: this.#trust },
      joinToken: () => (controller.joinToken === undefined ? null : readSecret(controller.joinToken)),
      onEnrolled: (trust) => {
        saveTrust(stateDir, trust);
        this.#trust = trust;
      },
      offeredDigest: () => this.#desk.standing.offered,
      onBundle: async (offered) => await this.#desk.offer(offered),
      heartbeat: () => heartbeatOf(this.#report()),
    });
    this.#uplink.start();
  }

  #report(): ReportParts {
    return {
      node: this.#settings.node,
      wallMs: systemClock.wallMs(),
      standing: this.#desk.standing,
      spool: this.#spool,
      watch: this.#watch,
      indicators: this.#indicators.standing,
      isStopped: existsSync(stopMarker(this.#settings)),
    };
  }

  async #answer(request: ControlRequest): Promise<ControlResponse | ControlStream> {
    const atNs = systemClock.monotonicNs();
    switch (request.command) {
      case 'status':
        return statusOf(this.#report());
      case 'explain':
        return this.#explain(request.incident);
      case 'baseline':
        if (this.#watch === null)
          throw new TidegateError('TG2012', 'nothing is learned before the first policy.');
        return await this.#watch.baseline(request);
      case 'record':
        if (this.#watch === null)
          throw new TidegateError('TG2012', 'nothing is watched before the first policy.');
        return await recordingStream(this.#watch, request, this.#spool);
      case 'release': {
        const { incident, by } = request;
        if (incident !== null && !this.#watch?.status.incidents.some(({ id }) => id === incident)) {
          throw new TidegateError('TG2012', `${incident} is not open; tidegate-agent status lists what is.`);
        }
        return await this.#order({ type: 'release', atNs, incident, by });
      }
      case 'stop-all':
        writeJson(stopMarker(this.#settings), { by: request.by, at: new Date().toISOString() });
        return await this.#order({ type: 'stop-all', atNs, by: request.by });
      case 'lift':
        removeFile(stopMarker(this.#settings));
        return await this.#order({ type: 'lift', atNs, by: request.by });
    }
  }

  #explain(incident: string | null): ControlResponse {
    const entry = this.#watch?.journal.find(incident) ?? null;
    const explanation = entry === null ? null : explain(entry);
    if (explanation !== null) return explanation;
    const known = this.#watch?.journal.incidents ?? [];
    throw new TidegateError(
      'TG2012',
      incident === null || known.length === 0
        ? 'there was no incident yet that could be explained.'
        : `${incident} is not among the last ${known.length} incidents: ${known.slice(-8).join(', ')}.`,
    );
  }

  async #order(event: Parameters<Watch['order']>[0]): Promise<ControlResponse> {
    if (this.#watch !== null)
      return { schema: 'tidegate/control-done/v1', removed: await this.#watch.order(event) };
    if (event.type === 'stop-all' || event.type === 'lift')
      this.#spool.append(commandRecord(event.type, event.by));
    return { schema: 'tidegate/control-done/v1', removed: 0 };
  }

  async #sayFarewell(): Promise<void> {
    if (this.#uplink === null) return;
    const until = Date.now() + farewellMs;
    while (this.#spool.pendingCount > 0 && Date.now() < until)
      await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Before the first bundle there is no engine that would record what a person ordered. */
const commandRecord = (command: 'stop-all' | 'lift', by: string): AuditEvent => ({
  kind: 'operator.command',
  body: { command, subject: 'all', by },
});

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new TidegateError('TG2008', `${path} cannot be made: ${String(error)}`, { cause: error });
  }
}
