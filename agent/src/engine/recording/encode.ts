/** From readings to the lines of a recording. */
import { toBase64 } from '@tidegate/schemas';
import type { RecordingHeader, RecordingSample, RecordingWindow } from '@tidegate/schemas';
import { counterNames } from '../types.ts';
import type { Reading, Sample } from '../types.ts';
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

/** A reading as a window. Time 0 of the reading's clock is the start of the recording. */
export function recordingWindow(reading: Reading, labels?: WindowLabels): RecordingWindow {
  const { atNs, intervalNs, targets, samples, samplesLost, uncountedPackets, host } = reading;
  return {
    atMs: atNs / 1e6,
    intervalMs: intervalNs / 1e6,
    targets: targets.map(({ target, counts }) => ({
      target,
      counts: Array.from(counts, (count) => count.toFixed(0)),
    })),
    samples: samples.map(recordedSample),
    ...(samplesLost === 0 ? {} : { samplesLost }),
    ...(uncountedPackets === 0 ? {} : { uncountedPackets }),
    ...(host === undefined ? {} : { host }),
    ...(labels === undefined ? {} : { labels: [...labels] }),
  };
}

function recordedSample({ target, atNs, length, rate, data, isIndicator, label }: Sample): RecordingSample {
  return {
    ...{ target, atMs: Math.max(0, atNs / 1e6), length, rate, data: toBase64(data) },
    ...(isIndicator === true ? { isIndicator } : {}),
    ...(label === undefined ? {} : { label }),
  };
}
