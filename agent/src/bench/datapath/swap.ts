/** Whether a flood at full rate loses a count while sets of a million indicators take each other's place. */
import { setTimeout as sleep } from 'node:timers/promises';
import { driverStats } from '../../testkit/ethtool.ts';
import { inNamespace } from '../../testkit/frames/index.ts';
import { floodMix } from '../../testkit/mix/index.ts';
import { lostOf } from './live.ts';
import { cpus, warmUp, type Stage } from './stage.ts';
import type { TidegateContender } from './tidegate.ts';

const packetsPerCpu = 20_000_000;
const settleMs = 200;

export interface Swapped {
  readonly sent: number;
  readonly counted: number;
  readonly lost: number;
  /** Of each swap while the flood was on. */
  readonly loadMs: readonly number[];
}

/** @param contender With a set in force. */
export async function measureSwap(
  stage: Stage,
  contender: TidegateContender,
  path: string,
): Promise<Swapped> {
  stage.say('swapping indicators under a flood');
  const { senderInterface: interfaceName } = contender.lane;
  const senders = await Promise.all(
    Array.from({ length: cpus }, async (_, cpu) => await stage.openSender({ kinds: floodMix }, cpu)),
  );
  for (const sender of senders) await warmUp(sender, [contender]);
  await sleep(settleMs);
  const lost = (): number => inNamespace(stage.bed.senderNamespace, () => lostOf(driverStats(interfaceName)));
  const before = { counted: contender.counted(), lost: lost() };
  let isOn = true;
  const flood = Promise.all(
    senders.map(async (sender) => await sender.send({ interfaceName, packets: packetsPerCpu })),
  ).finally(() => (isOn = false));
  const loadMs: number[] = [];
  // The flag is cleared by the flood's end.
  while (isOn as boolean) loadMs.push(await contender.loadIndicators(path));
  const results = await flood;
  await sleep(settleMs);
  const after = { counted: contender.counted(), lost: lost() };
  for (const sender of senders) await sender.close();
  return {
    sent: results.reduce((sum, { packets }) => sum + packets, 0),
    counted: after.counted - before.counted,
    lost: after.lost - before.lost,
    // The last one may have outlasted the flood.
    loadMs: loadMs.length > 1 ? loadMs.slice(0, -1) : loadMs,
  };
}
