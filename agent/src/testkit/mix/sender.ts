/** A process of its own that sends a mix, on one CPU, from inside a network namespace. */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { MixTask, Sent } from './emitter.ts';

export interface MixSenderOptions extends MixTask {
  /** Name in /run/netns. */
  readonly namespace: string;
  readonly cpu: number;
  /** @default -20, not to be interrupted for other processes of this CPU, which would also turn its caches over */
  readonly niceness?: number;
}

export interface MixRun {
  readonly interfaceName: string;
  readonly packets: number;
}

export interface MixResult {
  /** By name of the kind. */
  readonly sent: Readonly<Record<string, Sent>>;
  readonly packets: number;
  readonly durationMs: number;
}

export interface MixSender {
  /** Sends the beginning of the seed's sequence; resolves when the last packet has been handed over. */
  send(run: MixRun): Promise<MixResult>;
  /** Ends the process. */
  close(): Promise<void>;
}

/** What the process answers. */
export type MixAnswer =
  { readonly result: MixResult } | { readonly error: string } | { readonly ready: true };

/** Resolves when it is ready to send at once. */
export async function startMixSender(options: MixSenderOptions): Promise<MixSender> {
  const { namespace, cpu, niceness = -20, ...task } = options;
  // A process of its own is compiled code, also when a test runs from the sources.
  const main = fileURLToPath(new URL('../../../dist/testkit/mix/main.js', import.meta.url));
  const child = fork(main, [], {
    execPath: 'nice',
    execArgv: [
      ...['-n', String(niceness), 'taskset', '--cpu-list', String(cpu)],
      ...['nsenter', `--net=/run/netns/${namespace}`, process.execPath],
    ],
    // Address lists go over as bytes.
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ask = async (message: MixTask | MixRun): Promise<MixAnswer> => {
    const answer = answerOf(child);
    child.send(message);
    return await answer;
  };
  try {
    await ask(task);
  } catch (error) {
    child.kill();
    throw error;
  }
  return {
    send: async (run) => {
      const answer = await ask(run);
      if (!('result' in answer)) throw new Error('the sender of the mix gave no result');
      return answer.result;
    },
    close: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.disconnect();
      await ended;
    },
  };
}

/** The next answer; rejects where it is an error, or the process ends before. */
const answerOf = async (child: ChildProcess): Promise<MixAnswer> =>
  await new Promise((resolve, reject) => {
    const settle = (): void => {
      child.off('message', onMessage);
      child.off('exit', onExit);
      child.off('error', onError);
    };
    const onMessage = (message: unknown): void => {
      settle();
      const answer = message as MixAnswer;
      if ('error' in answer) reject(new Error(`the sender of the mix: ${answer.error}`));
      else resolve(answer);
    };
    const onExit = (): void => {
      settle();
      reject(new Error('the sender of the mix ended'));
    };
    const onError = (error: Error): void => {
      settle();
      reject(error);
    };
    child.on('message', onMessage).on('exit', onExit).on('error', onError);
  });
