/** Sends one flood after another and notes what could be seen of each past the agent; at the end it reads the audit log. */
import { setTimeout as wait } from 'node:timers/promises';
import type { AuditRecord } from '@tidegate/schemas';
import type { AgentStatus } from '../../testkit/daemons.ts';
import type { KernelRule } from '../../testkit/scene/index.ts';
import { bucketMs } from './drop.ts';
import type { Bucket } from './drop.ts';
import type { Options } from './options.ts';
import { floodMs, planAttacks } from './plan.ts';
import type { PlannedAttack } from './plan.ts';
import { servicePort, setStage } from './stage.ts';
import type { Stage } from './stage.ts';
import { watchTimers } from './timers.ts';
import type { Observation } from './verdict.ts';
import { wallOffsetMs } from './wall-clock.ts';

const packetsPerSecond = 200_000;
/** Between the two looks at the kernel's rules that end a flood, ms. */
const lookMs = 50;
/** After the last packet, so that what waits in queues is counted as well, ms. */
const settleMs = 20;

export interface Campaign {
  readonly observations: readonly Observation[];
  /** What the agent put on record, as it lies in git. */
  readonly records: readonly AuditRecord[];
  readonly ticks: AgentStatus['ticks'];
}

export async function runCampaign({ attacks, seed }: Options): Promise<Campaign> {
  say('setting the stage');
  const stage = await setStage();
  try {
    const observations: Observation[] = [];
    for (const [index, attack] of planAttacks(attacks, seed).entries()) {
      say(`attack ${String(index + 1)} of ${String(attacks)}: ${attack.kind} on ${attack.target}`);
      observations.push(await observe(stage, attack));
    }
    say('waiting for the audit log');
    const { ticks } = await stage.scene.until(({ heartbeat }) => heartbeat.spool.pending === 0);
    return { observations, records: stage.scene.audit().records, ticks };
  } finally {
    await stage.strike();
    say('');
  }
}

/** One line that is written over, on a terminal only. */
function say(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

async function observe(
  { scene, probe }: Stage,
  { kind, target, delayMs }: PlannedAttack,
): Promise<Observation> {
  await scene.until(({ heartbeat }) => heartbeat.incidents.every((incident) => incident.target !== target));
  probe.reset();
  const offsetMs = wallOffsetMs();
  await wait(delayMs);
  const timers = watchTimers();
  const looks: KernelRule[][] = [];
  const destinationPort = kind === 'dns_amplification' ? {} : { destinationPort: servicePort };
  const sent = await scene.attack(
    { kind, destination: target, ...destinationPort, packetsPerSecond },
    async () => {
      await wait(floodMs - lookMs);
      timers.stop();
      looks.push(scene.rules());
      await wait(lookMs);
      looks.push(scene.rules());
    },
  );
  await wait(settleMs);
  const { firstNs, lastNs } = probe.seen();
  return {
    attack: { kind, target, delayMs },
    firstNs,
    wallOffsetMs: offsetMs,
    timerLateMs: timers.lateMs,
    looks,
    watched: {
      buckets: bucketsOf(probe, firstNs, Math.max(lastNs, sent.lastNs)),
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
