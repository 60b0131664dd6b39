/** From windows of a recording to readings. */
import { fromBase64 } from '@tidegate/schemas';
import type { RecordingHeader, RecordingSample, RecordingWindow } from '@tidegate/schemas';
import { counterNames } from '../types.ts';
import type { CounterName, Reading, Sample } from '../types.ts';

/** What is on at a target in a window, where it is known; `none` for no attack. */
export type WindowLabels = NonNullable<RecordingWindow['labels']>;

export interface RecordedWindow {
  readonly reading: Reading;
  readonly labels?: WindowLabels;
}

/** Where each class of a header has its counter; -1 for one that this version does not know. */
export const placesOf = ({ classes }: RecordingHeader): Int32Array =>
  Int32Array.from(classes, (name) => counterNames.indexOf(name as CounterName));

/** @param known Targets and samples, where they are read already. */
export function recordedWindow(
  window: RecordingWindow,
  places: Int32Array,
  known: Pick<Reading, 'targets' | 'samples'> = {
    targets: window.targets.map(({ target, counts }) => ({ target, counts: rowOf(counts, places) })),
    samples: window.samples.map(sampleOf),
  },
): RecordedWindow {
  const { atMs, intervalMs, samplesLost = 0, uncountedPackets = 0, host, labels } = window;
  const reading = {
    ...{ atNs: toNs(atMs), intervalNs: toNs(intervalMs), ...known, samplesLost, uncountedPackets },
    ...(host === undefined ? {} : { host }),
  };
  return labels === undefined ? { reading } : { reading, labels };
}

export const toNs = (ms: number): number => Math.round(ms * 1e6);

function rowOf(counts: readonly string[], places: Int32Array): Float64Array {
  const row = new Float64Array(counterNames.length);
  for (const [index, count] of counts.entries()) {
    const place = places[index]!;
    if (place >= 0) row[place] = Number(count);
  }
  return row;
}

function sampleOf({ target, atMs, length, rate, data, isIndicator, label }: RecordingSample): Sample {
  return {
    ...{ target, atNs: toNs(atMs), length, rate, data: fromBase64(data) },
    ...(isIndicator === true ? { isIndicator } : {}),
    ...(label === undefined ? {} : { label }),
  };
}
