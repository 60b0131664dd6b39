/** Whether a flood at full rate loses a count while sets of a million indicators take each other's place. */
import { flood, type Flooded } from './flood.ts';
import type { Stage } from './stage.ts';
import type { TidegateContender } from './tidegate.ts';

const packetsPerCpu = 20_000_000;

export interface Swapped extends Flooded {
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
  const loadMs: number[] = [];
  const meanwhile = async (): Promise<void> => void loadMs.push(await contender.loadIndicators(path));
  const flooded = await flood(stage, contender, { packetsPerCpu, meanwhile });
  // The last one may have outlasted the flood.
  return { ...flooded, loadMs: loadMs.length > 1 ? loadMs.slice(0, -1) : loadMs };
}
