/** Single lines of a recording. What is wrong with one is an error TG1014; whoever knows the file adds its name and line. */
import { TidegateError, check } from '@tidegate/schemas';
import type { RecordingEnd, RecordingHeader } from '@tidegate/schemas';
import type { CounterName } from '../types.ts';
import { placesOf, recordedWindow, toNs } from './decode.ts';
import type { RecordedWindow } from './decode.ts';
import { OwnFormReader } from './own-form.ts';

/** The first line. */
export function parseHeader(line: string): RecordingHeader {
  const header = shaped('recording-header', parsed(line));
  for (const name of ['packets', 'bytes'] satisfies CounterName[]) {
    if (!header.classes.includes(name)) throw wrong(`/classes: the counter ${name} is missing`);
  }
  return header;
}

const decoder = new TextDecoder();
export const textOf = (line: Uint8Array): string => decoder.decode(line);

/** Reads the lines behind one header. */
export class LineReader {
  readonly #classes: number;
  readonly #places: Int32Array;
  readonly #ownForm: OwnFormReader;

  constructor(header: RecordingHeader) {
    this.#classes = header.classes.length;
    this.#places = placesOf(header);
    this.#ownForm = new OwnFormReader(this.#places);
  }

  /** A window that fits the header, or the end. @param line Without its line end. */
  read(line: Uint8Array): RecordedWindow | RecordingEnd {
    return this.#quickly(line) ?? this.#generally(textOf(line));
  }

  #quickly(line: Uint8Array): RecordedWindow | null {
    const own = this.#ownForm.read(line);
    if (own === null) return null;
    const { atMs, intervalMs, targets, samples, rest } = own;
    if (rest === '') {
      const counted = { targets, samples, samplesLost: 0, uncountedPackets: 0 };
      return { reading: { atNs: toNs(atMs), intervalNs: toNs(intervalMs), ...counted } };
    }
    // A key that comes twice is for the general reader: of the two the last one counts. So is text beyond ASCII.
    if (!/^[ -~]*$/.test(rest) || /"(atMs|intervalMs|targets|samples)"/.test(rest)) return null;
    const text = `{"atMs":${atMs},"intervalMs":${intervalMs},"targets":[],"samples":[${rest}`;
    return recordedWindow(shaped('recording-window', parsed(text)), this.#places, { targets, samples });
  }

  #generally(line: string): RecordedWindow | RecordingEnd {
    const value = parsed(line);
    if (isEnd(value)) return shaped('recording-end', value);
    const window = shaped('recording-window', value);
    const bad = window.targets.findIndex(({ counts }) => counts.length !== this.#classes);
    if (bad >= 0)
      throw wrong(`/targets/${bad}/counts: there must be ${this.#classes}, one for each class of the header`);
    return recordedWindow(window, this.#places);
  }
}

const isEnd = (value: unknown): boolean => typeof value === 'object' && value !== null && 'schema' in value;

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw wrong('it is not JSON, or is cut off; a recording has one JSON document a line');
  }
}

type Shape = 'recording-header' | 'recording-window' | 'recording-end';

function shaped<Name extends Shape>(shape: Name, value: unknown) {
  const checked = check(shape, value);
  if (checked.ok) return checked.value;
  const [problem] = checked.problems;
  throw wrong(`${problem.path || '/'}: ${problem.message}`);
}

export const wrong = (message: string): TidegateError => new TidegateError('TG1014', message);
