/** A flood at full rate from every CPU, and where each of its packets went. */
import { setTimeout as sleep } from 'node:timers/promises';
import { driverStats } from '../../testkit/ethtool.ts';
import { inNamespace } from '../../testkit/frames/index.ts';
import { floodMix } from '../../testkit/mix/index.ts';
import { cpus, warmUp, type Stage } from './stage.ts';
import { openTidegate } from './tidegate.ts';

const packetsPerCpu = 6_000_000;
const settleMs = 200;

export interface Live {
  readonly sent: number;
  /** By the program's counters. */
  readonly counted: number;
  /** By the driver's: frames that found the receiver's queue full. */
  readonly lost: number;
  readonly durationMs: number;
}

export async function measureLive(stage: Stage): Promise<Live> {
  stage.say('a flood at full rate');
  const contender = stage.keep(openTidegate('live', stage.bed.addLane('live'), 'spread'));
  const { senderInterface: interfaceName } = contender.lane;
  const senders = await Promise.all(
    Array.from({ length: cpus }, async (_, cpu) => await stage.openSender({ kinds: floodMix }, cpu)),
  );
  for (const sender of senders) await warmUp(sender, [contender]);
  await contender.addRules();
  const lost = (): number => inNamespace(stage.bed.senderNamespace, () => lostOf(driverStats(interfaceName)));
  await sleep(settleMs);
  const before = { counted: contender.counted(), lost: lost() };
  const fromMs = performance.now();
  const results = await Promise.all(
    senders.map(async (sender) => await sender.send({ interfaceName, packets: packetsPerCpu })),
  );
  const durationMs = performance.now() - fromMs;
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

export const lostOf = (stats: Readonly<Record<string, number>>): number =>
  Object.entries(stats).reduce(
    (sum, [name, value]) => sum + (name.endsWith('_xdp_xmit_errors') ? value : 0),
    0,
  );
