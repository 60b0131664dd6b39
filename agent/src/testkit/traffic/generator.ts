/** Starts and talks to the generator's process. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { FloodRequest, FloodResult } from './pace.ts';

export interface GeneratorOptions {
  /** Network namespace to send from. */
  readonly namespace: string;
  readonly interfaceName: string;
  /** MAC address of the victim, or of the router on the way. */
  readonly destinationMac: string;
}

export interface Generator {
  /** Sends one flood and resolves when it is over. Several are sent one after another. */
  flood(request: FloodRequest): Promise<FloodResult>;
  /** Ends the present flood early. */
  stopFlood(): void;
  /** Ends the process. */
  close(): Promise<void>;
}

/** Starts a generator; it is ready to send at once when this resolves. */
export async function startGenerator(options: GeneratorOptions): Promise<Generator> {
  const { namespace, ...task } = options;
  // A process of its own is compiled code, also when a test runs from the sources.
  const main = fileURLToPath(new URL('../../../dist/testkit/traffic/main.js', import.meta.url));
  const child = spawn(
    'nsenter',
    [`--net=/run/netns/${namespace}`, process.execPath, main, JSON.stringify(task)],
    {
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  const answers = answersOf(child);
  await answers.next();
  return {
    flood: async (request) => {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return (await answers.next()) as FloodResult;
    },
    stopFlood: () => void child.stdin.write('stop\n'),
    close: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('close', resolve));
      child.stdin.end();
      await ended;
    },
  };
}

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Lines of the child's output, in the order in which they are asked for. */
function answersOf(child: ChildProcess): { next(): Promise<unknown> } {
  const waiting: Waiting[] = [];
  let complaints = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (complaints += chunk));
  createInterface({ input: child.stdout! }).on('line', (line) => {
    const answer = JSON.parse(line) as { error?: string };
    if (answer.error === undefined) waiting.shift()?.resolve(answer);
    else waiting.shift()?.reject(new Error(`generator: ${answer.error}`));
  });
  let ended = false;
  const end = (): void => {
    ended = true;
    for (const { reject } of waiting.splice(0)) reject(new Error(`the generator ended: ${complaints}`));
  };
  child.once('close', end);
  child.once('error', end);
  return {
    next: () =>
      new Promise((resolve, reject) => {
        if (ended) reject(new Error(`the generator ended: ${complaints}`));
        else waiting.push({ resolve, reject });
      }),
  };
}
