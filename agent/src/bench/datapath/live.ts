/** Whether a flood at full rate is counted packet by packet. */
import { flood, type Flooded } from './flood.ts';
import type { Stage } from './stage.ts';
import { openTidegate } from './tidegate.ts';

const packetsPerCpu = 6_000_000;

export async function measureLive(stage: Stage): Promise<Flooded> {
  stage.say('a flood at full rate');
  const contender = stage.keep(openTidegate('live', stage.bed.addLane('live'), 'spread'));
  const ready = async (): Promise<void> => await contender.addRules();
  return await flood(stage, contender, { packetsPerCpu, ready });
}
