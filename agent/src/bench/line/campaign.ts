/** Sends one flood after another and notes what the probe saw of each; at the end it reads the audit log. */
import { check, TidegateError } from '@tidegate/schemas';
import type { AuditRecord } from '@tidegate/schemas';
import { readAuditLines, statusUntil } from '../../testkit/index.ts';
import type { Bucket } from './drop.ts';
import type { Options } from './options.ts';
import { planAttacks } from './plan.ts';
import type { PlannedAttack } from './plan.ts';
import { servicePort, setStage } from './stage.ts';
import type { Stage } from './stage.ts';
import { watchTimers } from './timers.ts';
import type { Observation } from './verdict.ts';
import { wallOffsetMs } from './wall-clock.ts';

/** Length of a flood, ms; also what a failure counts as. */
export const floodMs = 500;
const packetsPerSecond = 200_000;
const bucketMs = 10;
/** After the last packet, so that what waits in queues is counted as well, ms. */
const settleMs = 20;
/** The incident of a target's last attack is long over by then; else something is wrong, ms. */
const quietMsMax = 10_000;

export interface Campaign {
  readonly observations: readonly Observation[];
  /** The whole audit log, in its order. */
  readonly records: readonly AuditRecord[];
  readonly ticks: Ticks;
}

type Ticks = Awaited<ReturnType<typeof statusUntil>>['ticks'];

const wait = async (ms: number): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve, ms));
};

export async function runCampaign({ attacks, seed }: Options): Promise<Campaign> {
  say('setting the stage');
  const stage = await setStage();
  try {
    const observations: Observation[] = [];
    for (const [index, attack] of planAttacks(attacks, seed).entries()) {
      say(`attack ${index + 1} of ${attacks}: ${attack.kind} on ${attack.target}`);
      observations.push(await observe(stage, attack));
    }
    say('waiting for the audit log');
    const { ticks } = await statusUntil(
      stage.agent,
      ({ heartbeat }) => heartbeat.spool.pending === 0,
      60_000,
    );
    return { observations, records: readAuditLines(stage.auditRepository).map(parse), ticks };
  } finally {
    await stage.strike();
    say('');
  }
}

/** One line that is written over, on a terminal only. */
function say(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

function parse(line: string): AuditRecord {
  const checked = check('audit-record', JSON.parse(line));
  if (!checked.ok) throw new TidegateError('TG4002', `the audit log holds what is no record: ${line}`);
  return checked.value;
}

async function observe({ agent, generator, probe }: Stage, attack: PlannedAttack): Promise<Observation> {
  const { kind, target, delayMs } = attack;
  await statusUntil(
    agent,
    ({ heartbeat }) => heartbeat.incidents.every((incident) => incident.target !== target),
    quietMsMax,
  );
  probe.reset();
  const offsetMs = wallOffsetMs();
  await wait(delayMs);
  const timers = watchTimers();
  const sent = await generator.flood({
    kind,
    destination: target,
    ...(kind === 'dns_amplification' ? {} : { destinationPort: servicePort }),
    packetsPerSecond,
    durationMs: floodMs,
  });
  const timerLateMs = timers.stop();
  await wait(settleMs);
  const { firstNs, lastNs } = probe.seen();
  return {
    attack,
    firstNs,
    wallOffsetMs: offsetMs,
    timerLateMs,
    watched: {
      buckets: bucketsOf(probe, firstNs, Math.max(lastNs, sent.lastNs)),
      bucketMs,
      offeredPacketsPerSecond: sent.packetsPerSecond,
      endNs: sent.lastNs,
    },
  };
}

function bucketsOf(probe: Stage['probe'], firstNs: number, lastNs: number): Bucket[] {
  const bucketNs = bucketMs * 1e6;
  const buckets: Bucket[] = [];
  if (firstNs === 0) return buckets;
  for (let startNs = Math.floor(firstNs / bucketNs) * bucketNs; startNs <= lastNs; startNs += bucketNs) {
    buckets.push({ startNs, packets: probe.packetsBetween(startNs, startNs + bucketNs) });
  }
  return buckets;
}
