/**
 * Recordings: readings as lines of text and back. NDJSON: a header, then one window a line.
 *
 * Promises: what is decoded is what was encoded, times to the nanosecond; a line that is wrong in any way is one
 * error, never a guess. Counters are matched by name, so a recording with other counters can still be read.
 */
import { TidegateError, check, fromBase64, toBase64 } from '@tidegate/schemas';
import type { RecordingHeader, RecordingWindow } from '@tidegate/schemas';
import { counter, counterNames } from '../types.ts';
import type { CounterName, Reading, Sample } from '../types.ts';

export type { RecordingHeader, RecordingWindow } from '@tidegate/schemas';

export interface RecordingOptions {
  readonly node: string;
  /** RFC 3339 in UTC with milliseconds. */
  readonly startedAt: string;
  readonly windowMs: number;
  readonly protect: readonly string[];
  /** Seed of the generator, where it is synthetic. @default none */
  readonly seed?: string;
}

/** What is on at a target in a window, where it is known; `none` for no attack. */
export type WindowLabels = NonNullable<RecordingWindow['labels']>;

export function recordingHeader({
  node,
  startedAt,
  windowMs,
  protect,
  seed,
}: RecordingOptions): RecordingHeader {
  const classes = [...counterNames];
  const header = {
    schema: 'tidegate/recording/v1' as const,
    node,
    startedAt,
    windowMs,
    protect: [...protect],
    classes,
  };
  return seed === undefined ? header : { ...header, seed };
}

/** A reading as a window. Time 0 of the reading's clock is the start of the recording. */
export function recordingWindow(reading: Reading, labels?: WindowLabels): RecordingWindow {
  const window = {
    atMs: reading.atNs / 1e6,
    intervalMs: reading.intervalNs / 1e6,
    targets: reading.targets.map(({ target, counts }) => ({
      target,
      counts: Array.from(counts, (count) => count.toFixed(0)),
    })),
    samples: reading.samples.map(({ target, atNs, length, rate, data, label }) => {
      const sample = { target, atMs: atNs / 1e6, length, rate, data: toBase64(data) };
      return label === undefined ? sample : { ...sample, label };
    }),
  };
  return labels === undefined ? window : { ...window, labels };
}

/** Reads the first line. Anything but a header of this version is an error TG1014. */
export function parseHeader(line: string): RecordingHeader {
  const header = parsed('recording-header', line);
  for (const name of ['packets', 'bytes'] satisfies CounterName[]) {
    if (!header.classes.includes(name)) throw wrong(`/classes: the counter ${name} is missing`);
  }
  return header;
}

/** Reads a further line. Anything but a window that fits the header is an error TG1014. */
export function parseWindow(line: string, { classes }: RecordingHeader): RecordingWindow {
  const window = parsed('recording-window', line);
  const bad = window.targets.findIndex(({ counts }) => counts.length !== classes.length);
  if (bad >= 0)
    throw wrong(`/targets/${bad}/counts: there must be ${classes.length}, one for each class of the header`);
  return window;
}

function parsed<Name extends 'recording-header' | 'recording-window'>(shape: Name, line: string) {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw wrong('it is not JSON; a recording has one JSON document a line');
  }
  const checked = check(shape, value);
  if (checked.ok) return checked.value;
  const [problem] = checked.problems;
  throw wrong(`${problem.path || '/'}: ${problem.message}`);
}

const wrong = (message: string): TidegateError => new TidegateError('TG1014', message);

/** A window as a reading of the capture. */
export function readingOf(window: RecordingWindow, { classes }: RecordingHeader): Reading {
  const places = classes.map((name): number | undefined => counter[name as CounterName]);
  return {
    atNs: toNs(window.atMs),
    intervalNs: toNs(window.intervalMs),
    targets: window.targets.map(({ target, counts }) => ({ target, counts: rowOf(counts, places) })),
    samples: window.samples.map(sampleOf),
    samplesLost: 0,
    uncountedPackets: 0,
  };
}

const toNs = (ms: number): number => Math.round(ms * 1e6);

function rowOf(counts: readonly string[], places: readonly (number | undefined)[]): Float64Array {
  const row = new Float64Array(counterNames.length);
  for (const [index, count] of counts.entries()) {
    const place = places[index];
    if (place !== undefined) row[place] = Number(count);
  }
  return row;
}

function sampleOf({ target, atMs, length, rate, data, label }: RecordingWindow['samples'][number]): Sample {
  const sample = { target, atNs: toNs(atMs), length, rate, data: fromBase64(data) };
  return label === undefined ? sample : { ...sample, label };
}
