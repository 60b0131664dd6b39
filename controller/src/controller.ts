import { join } from 'node:path';
import type { AuditEvent, ControllerConfig } from '@tidegate/schemas';
import { pino } from 'pino';
import { AgentRegistry, Heartbeats } from './agents/index.ts';
import { AuditRepository, LogWriter, OwnRecords, Sequencer, WitnessFile } from './audit/index.ts';
import { Publisher } from './bundles/index.ts';
import { readPolicySecret, readSecret, settingsFrom, type ControllerSettings } from './config/index.ts';
import { FeedDesk, IndicatorSets, runInThread } from './feeds/index.ts';
import { Authenticator, listen, Waiters } from './http/index.ts';
import { loadOrMakeKey, TrustFile, type SigningKey } from './keys/index.ts';
import { PolicyRepository, PolicySync } from './policy/index.ts';
import { reasonOf, type Clock, type Log } from './ports.ts';
import { lockStateDir, makeStateDir } from './state/index.ts';
import { statusOf } from './status.ts';

export interface ControllerOptions {
  /** @default JSON lines on standard error, from the configured level up */
  readonly log?: Log;
  /** @default Date.now */
  readonly clock?: Clock;
}

export interface RunningController {
  /** Where it listens. */
  readonly url: string;
  /** Finishes parked requests, commits the audit records that wait, and ends. */
  close(): Promise<void>;
}

/** What the enrol request asks of a join token, characters. */
const joinTokenLengthMin = 16;
/** Longest time for one list of a threat feed, ms. */
const fetchMsMax = 120_000;

/** What the steps of a start share. */
interface Context {
  readonly settings: ControllerSettings;
  readonly clock: Clock;
  readonly log: Log;
  /** Undoes what has been started, last first. */
  readonly onClose: (undo: () => Promise<unknown>) => void;
}

/**
 * Starts a controller; resolves when it listens and has looked at the policy repository once.
 *
 * 1. state folder and keys: fails when another controller works on it;
 * 2. audit log, read back from git: fails when it is not what we signed;
 * 3. what was published and who was enrolled before;
 * 4. HTTP: from here on agents get the last good bundles;
 * 5. threat feeds, in the background: no policy waits for a list;
 * 6. policy sync: a bad revision or repository is shown in the status and tried again.
 */
export async function startController(
  config: ControllerConfig,
  options: ControllerOptions = {},
): Promise<RunningController> {
  const settings = settingsFrom(config);
  const {
    clock = Date.now,
    log = pino({ level: settings.logLevel, name: 'tidegate' }, pino.destination(2)),
  } = options;
  const undo: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
  };
  try {
    const url = await start({ settings, clock, log, onClose: (step) => undo.push(step) });
    return { url, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(context: Context): Promise<string> {
  const { settings, clock, log, onClose } = context;
  const { stateDir } = settings;
  const joinToken = await readSecret(settings.joinToken, joinTokenLengthMin);
  await makeStateDir(stateDir);
  const lock = await lockStateDir(stateDir);
  onClose(() => lock.release());
  const bundleKey = await loadOrMakeKey(join(stateDir, 'bundle.key'));
  const logKey = await loadOrMakeKey(join(stateDir, 'log.key'));
  const trust = new TrustFile(stateDir, settings.origin, logKey, bundleKey);
  const { writer, sequencer, record } = await startAudit(context, trust, logKey);

  const waiters = new Waiters();
  const onChange = () => waiters.wake();
  const validMs = settings.bundleValidMs;
  const repository = new PolicyRepository(settings.policy);
  const indicatorsOf = (group: string) => feeds.indicatorsOf(group);
  const publisher = await Publisher.open({
    ...{ stateDir, key: bundleKey, validMs, clock, log, record, indicatorsOf, onChange },
  });
  const feeds = makeFeeds(context, repository, publisher);
  const groupOf = (labels: Record<string, string>) => publisher.groupOf(labels);
  const registry = await AgentRegistry.open({ stateDir, trust, clock, record, groupOf });
  const heartbeats = new Heartbeats(clock);
  const { pollMs } = settings.policy;
  const sync = new PolicySync({ repository, publisher, feeds, pollMs, log, record });

  const server = await listen(settings.listen, {
    ...{ registry, publisher, waiters, trust, sequencer, heartbeats, joinToken, log },
    indicators: new IndicatorSets(stateDir),
    authenticator: new Authenticator(registry, heartbeats, clock),
    status: () => statusOf({ sync, publisher, feeds, registry, heartbeats, writer }),
  });
  onClose(() => server.close());
  onClose(() => feeds.stop());
  onClose(() => sync.stop());
  await sync.start();
  feeds.start();
  return server.url;
}

function makeFeeds(
  { settings, clock, log }: Context,
  repository: PolicyRepository,
  publisher: Publisher,
): FeedDesk {
  const { stateDir, policySecrets } = settings;
  const published = () => publisher.all().map(({ bundle }) => bundle);
  const feeds = new FeedDesk({
    ...{ stateDir, clock, log, fetchMsMax, run: runInThread },
    lookMs: settings.policy.pollMs,
    readFile: (commit, path) => repository.file(commit, path),
    readSecret: (reference) => readPolicySecret(reference, policySecrets),
    publish: () => publisher.refreshIndicators(),
    publishedDigests: () => published().flatMap(({ indicators }) => indicators?.digest ?? []),
  });
  feeds.resume(published());
  return feeds;
}

async function startAudit({ settings, clock, log, onClose }: Context, trust: TrustFile, key: SigningKey) {
  const { stateDir } = settings;
  const repository = await AuditRepository.open(settings.audit.repository);
  onClose(() => repository.close());
  const witness = new WitnessFile(stateDir);
  const writer = await LogWriter.open({ repository, trust: trust.value, key, witness, clock, log });
  const sequencer = new Sequencer({
    writer,
    flushMs: settings.audit.flushMs,
    log,
    onFork: ({ agent }, { seq, logged, offered }) => {
      log.error(
        { agent, seq, logged, offered },
        'an agent offered another history than the log holds; both are kept',
      );
      record({ kind: 'audit.forked', body: { name: agent, seq, logged, offered } }).catch(
        (error: unknown) => {
          log.error({ reason: reasonOf(error) }, 'the fork could not be recorded');
        },
      );
    },
  });
  const own = await OwnRecords.open({ stateDir, key, sequencer, ledger: writer.ledger, clock, log });
  onClose(() => own.close());
  const record = (event: AuditEvent) => own.record(event);
  return { writer, sequencer, record };
}
