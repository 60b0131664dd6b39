/** `tidegate-agent record`: what the running agent sees, as a recording in a file. The agent itself writes nothing. */
import { createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { TidegateError, check, readAmount } from '@tidegate/schemas';
import type { ControlRequest, RecordingEnd } from '@tidegate/schemas';
import { streamFromAgent } from '../control/client.ts';
import type { Stream } from '../control/client.ts';
import { controlSocket, loadSettings } from './config.ts';

export interface RecordOptions {
  readonly config: string;
  readonly output: string;
  readonly duration: string;
  readonly samples: string;
  readonly maxBytes: string;
  readonly anonymise?: boolean;
  readonly format: 'text' | 'json';
  readonly by: string;
}

const answerMs = 3000;
/** The last line has less. */
const tailBytes = 1024;

/** Exit code 0 with a whole recording, 1 where it was cut off or the agent refused. */
export async function runRecord(options: RecordOptions): Promise<0 | 1> {
  const stream = await open(options);
  if (stream.answer.schema === 'tidegate/control-error/v1') {
    process.stderr.write(`${stream.answer.code} ${stream.answer.message}\n`);
    return 1;
  }
  // The first signal ends the recording in order, the second one the command.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stream.enough());
  const { bytes, end } = await save(stream.bytes, options.output);
  if (end === null) {
    process.stderr.write(`${options.output}: cut off after ${bytes} bytes; what is there can be replayed\n`);
    return 1;
  }
  const told = options.format === 'json' ? `${JSON.stringify(end)}\n` : textOf(options.output, bytes, end);
  process.stdout.write(told);
  return 0;
}

async function open(options: RecordOptions): Promise<Stream> {
  const path = controlSocket(loadSettings(options.config));
  const stream = await streamFromAgent(path, requestOf(options), answerMs);
  if (!('silent' in stream)) return stream;
  const why = {
    absent: `no agent is running behind ${path}`,
    hangs: `the agent behind ${path} does not answer`,
    garbled: `the agent behind ${path} is of another version: its answer cannot be read`,
  }[stream.silent];
  throw new TidegateError('TG2009', why);
}

function requestOf({ duration, samples, maxBytes, anonymise = false, by }: RecordOptions): ControlRequest {
  const reading = readAmount('duration', duration);
  if (!reading.ok) throw new TidegateError('TG5001', `--duration: ${reading.message}`);
  const request = {
    schema: 'tidegate/control/v1',
    command: 'record',
    durationMs: reading.value,
    samplesPerWindow: whole('--samples', samples),
    anonymise,
    bytesMax: whole('--max-bytes', maxBytes),
    by,
  } as const;
  const checked = check('control-request', request);
  if (checked.ok) return checked.value;
  const [{ path, message }] = checked.problems;
  throw new TidegateError('TG5001', `${optionOf[path] ?? path}: ${message}`);
}

const optionOf: Readonly<Record<string, string>> = {
  '/durationMs': '--duration',
  '/samplesPerWindow': '--samples',
  '/bytesMax': '--max-bytes',
};

function whole(option: string, text: string): number {
  if (!/^(0|[1-9][0-9]{0,14})$/.test(text))
    throw new TidegateError('TG5001', `${option} ${text}: use a whole number.`);
  return Number(text);
}

interface Saved {
  /** As it came, before it was packed. */
  readonly bytes: number;
  /** Null where the recording was cut off. */
  readonly end: RecordingEnd | null;
}

/** Writes a file that was not there before; `.gz` packs it. */
async function save(source: AsyncIterable<Buffer>, output: string): Promise<Saved> {
  let bytes = 0;
  let tail = Buffer.alloc(0);
  const watching = new Transform({
    transform: (chunk: Buffer, _, done) => {
      bytes += chunk.length;
      tail = Buffer.concat([tail, chunk]).subarray(-tailBytes);
      done(null, chunk);
    },
  });
  try {
    const file = createWriteStream(output, { flags: 'wx', mode: 0o600 });
    if (output.endsWith('.gz')) await pipeline(source, watching, createGzip(), file);
    else await pipeline(source, watching, file);
  } catch (cause) {
    const { message } = cause as Error;
    throw new TidegateError('TG5007', `${output} cannot be written: ${message}`, { cause });
  }
  return { bytes, end: endIn(tail.toString('utf8')) };
}

function endIn(tail: string): RecordingEnd | null {
  const last = tail.trimEnd().split('\n').at(-1) ?? '';
  try {
    const checked = check('recording-end', JSON.parse(last));
    return checked.ok ? checked.value : null;
  } catch {
    return null;
  }
}

const endings: Readonly<Record<RecordingEnd['reason'], string>> = {
  duration: '',
  size: ', ended by --max-bytes',
  stopped: ', stopped before its time',
};

function textOf(output: string, bytes: number, end: RecordingEnd): string {
  const { windows, windowsLost, reason } = end;
  const lost = windowsLost === 0 ? '' : `, ${windowsLost} windows missing`;
  return `${output}: ${windows} windows, ${bytes} bytes${lost}${endings[reason]}\n`;
}
