/** From readings to the lines of a recording. */
import { toBase64 } from '@tidegate/schemas';
import type { RecordingHeader, RecordingSample } from '@tidegate/schemas';
import { counterNames } from '../types.ts';
import type { Reading, Sample, TargetReading } from '../types.ts';
import type { WindowLabels } from './decode.ts';

export interface RecordingOptions {
  readonly node: string;
  /** RFC 3339 in UTC with milliseconds. */
  readonly startedAt: string;
  readonly windowMs: number;
  readonly protect: readonly string[];
  /** Seed of the generator, where it is synthetic. @default none */
  readonly seed?: string;
  /** Whether sources were replaced. @default false */
  readonly isAnonymised?: boolean;
}

export function recordingHeader({
  node,
  startedAt,
  windowMs,
  protect,
  seed,
  isAnonymised = false,
}: RecordingOptions): RecordingHeader {
  return {
    schema: 'tidegate/recording/v1',
    node,
    startedAt,
    windowMs,
    protect: [...protect],
    classes: [...counterNames],
    ...(seed === undefined ? {} : { seed }),
    ...(isAnonymised ? { anonymised: true } : {}),
  };
}

/** Targets and samples that one piece of a line holds. */
const itemsPerPiece = 64;

/**
 * A reading as a line, without its line end, in pieces that take about 0.1 ms each: a busy node has thousands of targets.
 * Time 0 of the reading's clock is the start of the recording.
 */
export function* recordedPieces(reading: Reading, labels?: WindowLabels): Generator<string> {
  const { atNs, intervalNs, targets, samples, samplesLost, uncountedPackets, host } = reading;
  yield `{"atMs":${atNs / 1e6},"intervalMs":${intervalNs / 1e6},"targets":[`;
  yield* listed(targets, recordedTarget);
  yield '],"samples":[';
  yield* listed(samples, recordedSample);
  const rest = {
    ...(samplesLost === 0 ? {} : { samplesLost }),
    ...(uncountedPackets === 0 ? {} : { uncountedPackets }),
    ...(host === undefined ? {} : { host }),
    ...(labels === undefined ? {} : { labels }),
  };
  const written = JSON.stringify(rest);
  yield written === '{}' ? ']}' : `],${written.slice(1)}`;
}

/** A reading as a line, without its line end. */
export const recordedLine = (reading: Reading, labels?: WindowLabels): string =>
  [...recordedPieces(reading, labels)].join('');

function* listed<Item>(items: readonly Item[], encode: (item: Item) => string): Generator<string> {
  for (let from = 0; from < items.length; from += itemsPerPiece) {
    const part = items.slice(from, from + itemsPerPiece).map(encode);
    yield `${from === 0 ? '' : ','}${part.join(',')}`;
  }
}

function recordedTarget({ target, counts }: TargetReading): string {
  let written = '';
  for (const count of counts) written += written === '' ? `"${count}"` : `,"${count}"`;
  return `{"target":"${target}","counts":[${written}]}`;
}

function recordedSample({ target, atNs, length, rate, data, isIndicator, label }: Sample): string {
  const sample: RecordingSample = {
    ...{ target, atMs: Math.max(0, atNs / 1e6), length, rate, data: toBase64(data) },
    ...(isIndicator === true ? { isIndicator } : {}),
    ...(label === undefined ? {} : { label }),
  };
  return JSON.stringify(sample);
}
