import { recordedLine, recordingHeader } from '../recording/index.ts';
import type { RecordingOptions, WindowLabels } from '../recording/index.ts';
import { generate } from './generate.ts';
import type { GeneratorOptions } from './generate.ts';

/** An attack of the scenario, for the labels. */
export interface PlannedAttack {
  readonly target: string;
  readonly family: string;
  readonly startNs: number;
  readonly endNs: number;
}

export interface RecordOptions
  extends GeneratorOptions, Pick<RecordingOptions, 'node' | 'startedAt' | 'protect'> {
  readonly attacks: readonly PlannedAttack[];
}

/** Generated traffic as the lines of a recording, without line ends. */
export function* recordGenerated(options: RecordOptions): Generator<string> {
  const { windowMs = 100, attacks } = options;
  yield JSON.stringify(recordingHeader({ ...options, windowMs }));
  for (const { reading } of generate(options)) {
    const fromNs = reading.atNs - reading.intervalNs;
    const labels: WindowLabels = attacks
      .filter(({ startNs, endNs }) => startNs < reading.atNs && endNs > fromNs)
      .map(({ target, family }) => ({ target, family }));
    yield recordedLine(reading, labels);
  }
}
