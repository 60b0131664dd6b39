/** A child process of a test: started, waited for until it says it is ready, and stopped by its pid. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

export interface ProcessOptions {
  /** Shown in errors. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Runs inside this network namespace; `nsenter` keeps /sys/fs/bpf, which `ip netns exec` hides. */
  readonly namespace?: string | undefined;
  /** Ready once a line of stdout or stderr matches. */
  readonly ready?: RegExp;
  readonly env?: Record<string, string>;
  /** @default 15000 */
  readonly readyMsMax?: number;
}

export interface RunningProcess {
  readonly pid: number;
  /** The match that said it was ready. */
  readonly ready: RegExpExecArray | null;
  /** What it printed, stdout and stderr together, the last 256 KiB. */
  output(): string;
  /** Null while it runs. */
  exitCode(): number | null;
  signal(name: NodeJS.Signals): void;
  /** Sends the signal and waits until it has ended; after 10 s it is killed. Returns its exit code. */
  stop(name?: NodeJS.Signals): Promise<number | null>;
}

const outputMax = 262_144;

export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const inside = options.namespace === undefined ? [] : ['nsenter', `--net=/run/netns/${options.namespace}`];
  const [command = '', ...args] = [...inside, options.command, ...options.args];
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
  });
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output = (output + chunk).slice(-outputMax);
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      resolve();
    });
    child.once('error', () => {
      resolve();
    });
  });
  const ready =
    options.ready === undefined
      ? null
      : await waitUntilReady(options, options.ready, child, () => output, listeners, ended);
  return {
    pid: child.pid ?? 0,
    ready,
    output: () => output,
    exitCode: () => child.exitCode,
    signal: (name) => child.kill(name),
    stop: async (name = 'SIGTERM') => {
      child.kill(name);
      const patience = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(patience);
      return child.exitCode;
    },
  };
}

async function waitUntilReady(
  options: ProcessOptions,
  pattern: RegExp,
  child: ChildProcess,
  output: () => string,
  listeners: Set<() => void>,
  ended: Promise<void>,
): Promise<RegExpExecArray> {
  return await new Promise((resolve, reject) => {
    const deadline = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${options.name} did not get ready:\n${output()}`));
    }, options.readyMsMax ?? 15_000);
    const look = (): void => {
      const found = pattern.exec(output());
      if (found === null) return;
      clearTimeout(deadline);
      listeners.delete(look);
      resolve(found);
    };
    listeners.add(look);
    look();
    void ended.then(() => {
      clearTimeout(deadline);
      reject(new Error(`${options.name} ended before it was ready:\n${output()}`));
    });
  });
}
