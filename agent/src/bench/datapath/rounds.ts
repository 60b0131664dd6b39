/** Interleaved measurement: in every round each contender gets the same packets once, in alternating order. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MixSender } from '../../testkit/mix/index.ts';
import type { Contender } from './contender.ts';
import { enableRuntimeStats, runtimeStats } from './runtime-stats.ts';

/** After the last packet was handed over, until the receiver has seen it, ms. */
const settleMs = 20;

export interface Run {
  readonly nsPerPacket: number;
  readonly sent: number;
  /** How often the program ran: less than sent by what the pair of interfaces lost. */
  readonly seen: number;
}

export interface RoundsOptions {
  readonly rounds: number;
  readonly packets: number;
  /** Told before every run. */
  readonly onRun?: (round: number, name: string) => void;
}

/** Runs by name of the contender, one a round: runs of the same index were made one after another. */
export async function measureRounds(
  sender: MixSender,
  contenders: readonly Contender[],
  { rounds, packets, onRun }: RoundsOptions,
): Promise<ReadonlyMap<string, readonly Run[]>> {
  const runs = new Map<string, Run[]>(contenders.map(({ name }) => [name, []]));
  const disable = enableRuntimeStats();
  try {
    for (let round = 0; round < rounds; round++) {
      for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
        onRun?.(round, contender.name);
        runs.get(contender.name)?.push(await measure(sender, contender, packets));
      }
    }
  } finally {
    disable();
  }
  return runs;
}

async function measure(sender: MixSender, { lane, programId }: Contender, packets: number): Promise<Run> {
  const before = runtimeStats(programId);
  const { packets: sent } = await sender.send({ interfaceName: lane.senderInterface, packets });
  await sleep(settleMs);
  const after = runtimeStats(programId);
  const seen = after.runs - before.runs;
  return { nsPerPacket: (after.runTimeNs - before.runTimeNs) / seen, sent, seen };
}
