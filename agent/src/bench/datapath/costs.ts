/** What the program costs beside others: nothing at all, xdp-filter, and itself with rules that all targets share. */
import { serverMix } from '../../testkit/mix/index.ts';
import { openFloor } from './contender.ts';
import { measureRounds, type Runs } from './rounds.ts';
import { measuringCpu, warmUp, type Stage } from './stage.ts';
import { openTidegate, type TidegateContender } from './tidegate.ts';
import { openXdpFilter } from './xdp-filter.ts';

export interface Costs {
  /** Of `floor`, `xdpFilter`, `full` and `fullWide`. */
  readonly runs: Runs;
  /** Still attached, its rules in force. */
  readonly full: TidegateContender;
}

export async function measureCosts(stage: Stage): Promise<Costs> {
  const { bed, keep } = stage;
  const full = keep(openTidegate('full', bed.addLane('full'), 'spread'));
  const fullWide = keep(openTidegate('fullWide', bed.addLane('fullWide'), 'wide'));
  const floor = keep(openFloor(bed.addLane('floor')));
  const xdpFilter = keep(openXdpFilter(bed.addLane('xdpFilter')));
  const contenders = [floor, xdpFilter, full, fullWide];
  const sender = await stage.openSender({ kinds: serverMix }, measuringCpu);
  await warmUp(sender, contenders);
  for (const ours of [full, fullWide]) await ours.addRules();
  const runs = await measureRounds(stage, sender, contenders);
  await sender.close();
  return { runs, full };
}
