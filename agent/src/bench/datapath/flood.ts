/** A flood at full rate from every CPU, and where each of its packets went. */
import { setTimeout as sleep } from 'node:timers/promises';
import { driverStats } from '../../testkit/ethtool.ts';
import { inNamespace } from '../../testkit/frames/index.ts';
import { floodMix } from '../../testkit/mix/index.ts';
import { cpus, warmUp, type Stage } from './stage.ts';
import type { TidegateContender } from './tidegate.ts';

const settleMs = 200;

export interface Flooded {
  readonly sent: number;
  /** By the program's counters. */
  readonly counted: number;
  /** By the driver's: frames that found the receiver's queue full. */
  readonly lost: number;
  readonly durationMs: number;
}

export interface FloodOptions {
  readonly packetsPerCpu: number;
  /** What is to be done once the kernel knows the targets. @default nothing */
  readonly ready?: () => Promise<void>;
  /** Runs again and again while the flood is on. @default nothing */
  readonly meanwhile?: () => Promise<void>;
}

export async function flood(
  stage: Stage,
  contender: TidegateContender,
  { packetsPerCpu, ready, meanwhile }: FloodOptions,
): Promise<Flooded> {
  const { senderInterface: interfaceName } = contender.lane;
  const senders = await Promise.all(
    Array.from({ length: cpus }, async (_, cpu) => await stage.openSender({ kinds: floodMix }, cpu)),
  );
  for (const sender of senders) await warmUp(sender, [contender]);
  await ready?.();
  const lost = (): number => inNamespace(stage.bed.senderNamespace, () => lostOf(driverStats(interfaceName)));
  await sleep(settleMs);
  const before = { counted: contender.counted(), lost: lost() };
  const fromMs = performance.now();
  let durationMs = 0;
  const sending = Promise.all(
    senders.map(async (sender) => await sender.send({ interfaceName, packets: packetsPerCpu })),
  ).finally(() => (durationMs = performance.now() - fromMs));
  // Set by the flood's end.
  if (meanwhile !== undefined) while (durationMs === 0) await meanwhile();
  const results = await sending;
  await sleep(settleMs);
  const after = { counted: contender.counted(), lost: lost() };
  for (const sender of senders) await sender.close();
  return {
    sent: results.reduce((sum, { packets }) => sum + packets, 0),
    counted: after.counted - before.counted,
    lost: after.lost - before.lost,
    durationMs,
  };
}

const lostOf = (stats: Readonly<Record<string, number>>): number =>
  Object.entries(stats).reduce(
    (sum, [name, value]) => sum + (name.endsWith('_xdp_xmit_errors') ? value : 0),
    0,
  );
