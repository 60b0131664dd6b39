/** What a million indicators add, for sources that are among them, near them, and anywhere. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverMix, type MixPlan } from '../../testkit/mix/index.ts';
import { makeIndicators } from './indicators.ts';
import { measureRounds, type Runs } from './rounds.ts';
import { measuringCpu, warmUp, type Stage } from './stage.ts';
import { openTidegate, type TidegateContender } from './tidegate.ts';

export type SourcesName = 'Matching' | 'NonMatching' | 'Random';

export interface Million {
  /**
   * Of `full`, without indicators, of `million`, whose entries count, and of `millionDrop`, whose entries drop; by where
   * the sources were from.
   */
  readonly runs: ReadonlyMap<SourcesName, Runs>;
  readonly loadMs: number;
  /** The contender with the set in force, and the set's file. */
  readonly contender: TidegateContender;
  readonly path: string;
}

export async function measureMillion(stage: Stage, full: TidegateContender): Promise<Million> {
  stage.say('building a million indicators');
  const { bytes, dropBytes, matching, nonMatching } = makeIndicators(stage.options.seed);
  const directory = mkdtempSync(join(tmpdir(), `tg-${process.pid}-`));
  stage.undo.add(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  const path = join(directory, 'indicators');
  writeFileSync(path, bytes);
  const dropPath = join(directory, 'indicators-drop');
  writeFileSync(dropPath, dropBytes);
  const million = stage.keep(openTidegate('million', stage.bed.addLane('million'), 'spread'));
  const millionDrop = stage.keep(openTidegate('millionDrop', stage.bed.addLane('milliondr'), 'spread'));
  const first = await stage.openSender({ kinds: serverMix }, measuringCpu);
  await warmUp(first, [million, millionDrop]);
  await first.close();
  for (const ours of [million, millionDrop]) await ours.addRules();
  const loadMs = await million.loadIndicators(path);
  await millionDrop.loadIndicators(dropPath);
  const plans: readonly (readonly [SourcesName, NonNullable<MixPlan['sources']>])[] = [
    ['Matching', matching],
    ['NonMatching', nonMatching],
    ['Random', 'anywhere'],
  ];
  const runs = new Map<SourcesName, Runs>();
  for (const [name, sources] of plans) {
    const sender = await stage.openSender({ kinds: serverMix, sources }, measuringCpu);
    const contenders = [full, million, millionDrop];
    await warmUp(sender, contenders);
    runs.set(name, await measureRounds(stage, sender, contenders));
    await sender.close();
  }
  return { runs, loadMs, contender: million, path };
}
