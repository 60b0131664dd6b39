/** Interleaved measurement: in every round each contender gets the same packets once, in alternating order. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MixSender } from '../../testkit/mix/index.ts';
import type { Contender } from './contender.ts';
import { droppedKinds } from './rules.ts';
import type { Stage } from './stage.ts';
import { enableRuntimeStats, runtimeStats } from './runtime-stats.ts';

/** After the last packet was handed over, until the receiver has seen it, ms. */
const settleMs = 20;

export interface Run {
  readonly nsPerPacket: number;
  readonly sent: number;
  /** Packets that the 64 rules are to drop. */
  readonly toDrop: number;
  /** How often the program ran: less than sent by what the pair of interfaces lost. */
  readonly seen: number;
  readonly passed: number;
}

/** Runs by name of the contender, one a round: runs of the same index were made one after another. */
export type Runs = ReadonlyMap<string, readonly Run[]>;

export async function measureRounds(
  { options, say }: Pick<Stage, 'options' | 'say'>,
  sender: MixSender,
  contenders: readonly Contender[],
): Promise<Runs> {
  const runs = new Map<string, Run[]>(contenders.map(({ name }) => [name, []]));
  const disable = enableRuntimeStats();
  try {
    for (let round = 0; round < options.pairs; round++) {
      for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
        say(`round ${round + 1} of ${options.pairs}: ${contender.name}`);
        runs.get(contender.name)?.push(await measure(sender, contender, options.packets));
      }
    }
  } finally {
    disable();
  }
  return runs;
}

async function measure(sender: MixSender, { lane, programId }: Contender, packets: number): Promise<Run> {
  const [before, passedBefore] = [runtimeStats(programId), lane.passed()];
  const { packets: sent, sent: kinds } = await sender.send({ interfaceName: lane.senderInterface, packets });
  const toDrop = droppedKinds.reduce((sum, kind) => sum + kinds[kind]!.packets, 0);
  await sleep(settleMs);
  const after = runtimeStats(programId);
  const seen = after.runs - before.runs;
  return {
    nsPerPacket: (after.runTimeNs - before.runTimeNs) / seen,
    sent,
    toDrop,
    seen,
    passed: lane.passed() - passedBefore,
  };
}
