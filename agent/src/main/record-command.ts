/** `tidegate-agent record`: what the running agent sees, as a recording in a file. The agent itself writes nothing. */
import { open, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
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

/** Exit code 0 with a whole recording, 1 where it was cut off or the agent refused; then no empty file stays. */
export async function runRecord(options: RecordOptions): Promise<0 | 1> {
  const { output, format } = options;
  const request = requestOf(options);
  // First of all: an agent should not record what cannot be kept.
  const file = await create(output);
  let isEmpty = true;
  try {
    const stream = await ask(controlSocket(loadSettings(options.config)), request);
    if (stream.answer.schema === 'tidegate/control-error/v1') {
      process.stderr.write(`${stream.answer.code} ${stream.answer.message}\n`);
      return 1;
    }
    // The first signal ends the recording in order, the second one the command.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stream.enough());
    isEmpty = false;
    const { bytes, end } = await save(stream.bytes, output, file);
    if (end === null) {
      process.stderr.write(`${output}: cut off after ${bytes} bytes; what is there can be replayed\n`);
      return 1;
    }
    process.stdout.write(format === 'json' ? `${JSON.stringify(end)}\n` : textOf(output, bytes, end));
    return 0;
  } finally {
    await file.close();
    if (isEmpty) await unlink(output);
  }
}

async function create(output: string): Promise<FileHandle> {
  try {
    return await open(output, 'wx', 0o600);
  } catch (cause) {
    throw notWritten(output, cause);
  }
}

const notWritten = (output: string, cause: unknown): TidegateError =>
  new TidegateError('TG5007', `${output} cannot be written: ${(cause as Error).message}`, { cause });

async function ask(path: string, request: ControlRequest): Promise<Stream> {
  const stream = await streamFromAgent(path, request, answerMs);
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

/** Writes a recording as it comes; `.gz` packs it. */
async function save(source: AsyncIterable<Buffer>, output: string, file: FileHandle): Promise<Saved> {
  let bytes = 0;
  let tail = Buffer.alloc(0);
  const watching = new Transform({
    transform: (chunk: Buffer, _, done) => {
      bytes += chunk.length;
      tail = Buffer.concat([tail, chunk]).subarray(-tailBytes);
      done(null, chunk);
    },
  });
  const keep = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) await file.appendFile(chunk);
  };
  try {
    if (output.endsWith('.gz')) await pipeline(source, watching, createGzip(), keep);
    else await pipeline(source, watching, keep);
  } catch (cause) {
    throw notWritten(output, cause);
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
