/** Runs one capture process: starts it, starts it again when it dies, tells it what to watch, ends it. */
import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TidegateError } from '@tidegate/schemas';
import { mapFd } from '../../kernel/libc.ts';
import { loadLibrary } from '../../kernel/native.ts';
import type { Log } from '../../ports.ts';
import { captureMemory, captureMemoryBytes, word, type CaptureMemory } from './memory.ts';
import type { CaptureTask, StartMessage, Watched, WatchMessage } from './message.ts';

export interface CaptureProcess {
  readonly interfaceName: string;
  readonly memory: CaptureMemory;
  /** Process id; null while it is not capturing. */
  pid(): number | null;
  /** Packets that arrive in the few milliseconds of the change are not counted. */
  watch(watched: Watched): void;
  stop(): void;
}

const startMsMax = 10_000;
const restartMsMin = 1000;
const restartMsMax = 30_000;
const stderrBytesMax = 2048;

// Built code also when this file runs from its source: the process is started by plain Node.
const program = fileURLToPath(new URL('../../../dist/capture/pcap/child.js', import.meta.url));

/** Rejects with TG2001 where the interface cannot be captured from. */
export async function startCaptureProcess(
  task: Omit<CaptureTask, 'agentPid'>,
  log: Log,
): Promise<CaptureProcess> {
  if (!existsSync(program)) throw new TidegateError('TG5004', `${program} is missing.`);
  const { interfaceName, targetsMax } = task;
  const fd = sharedMemory(captureMemoryBytes(targetsMax));
  const mapping = mapFd(fd, captureMemoryBytes(targetsMax), { writable: true });
  const memory = captureMemory(mapping.buffer, targetsMax);
  let watched: Watched = task;
  let child: ChildProcess | null = null;
  let pid: number | null = null;
  let isStopped = false;
  let restartMs = restartMsMin;

  const start = async (): Promise<void> => {
    Atomics.store(memory.words, word.pause, 0);
    const started = spawn({ ...task, ...watched, agentPid: process.pid }, fd);
    child = started;
    await untilReady(started, interfaceName);
    restartMs = restartMsMin;
    pid = started.pid ?? null;
    started.once('exit', (code, signal) => {
      pid = null;
      again(`ended with ${signal ?? String(code)}`);
    });
  };
  const again = (reason: string): void => {
    child = null;
    if (isStopped) return;
    log.warn('the capture process is started again', { interface: interfaceName, reason, inMs: restartMs });
    const timer = setTimeout(() => {
      if (!isStopped) start().catch((error: unknown) => again(String(error)));
    }, restartMs);
    timer.unref();
    restartMs = Math.min(restartMs * 2, restartMsMax);
  };
  const stop = (): void => {
    isStopped = true;
    child?.kill('SIGKILL');
    closeSync(fd);
    mapping.release();
  };

  try {
    await start();
  } catch (error) {
    stop();
    throw error;
  }
  return {
    interfaceName,
    memory,
    pid: () => pid,
    watch: (next) => {
      watched = next;
      Atomics.store(memory.words, word.pause, 1);
      child?.send({ watch: next } satisfies WatchMessage);
    },
    stop,
  };
}

/** Memory without a name: it is gone with the last process that has it. */
function sharedMemory(bytes: number): number {
  const libc = loadLibrary('libc.so.6');
  const create = libc.func('int memfd_create(const char *name, unsigned int flags)') as (
    name: string,
    flags: number,
  ) => number;
  const resize = libc.func('int ftruncate(int fd, int64_t bytes)') as (fd: number, bytes: number) => number;
  const closeOnExec = 1;
  const fd = create('tidegate-capture', closeOnExec);
  if (fd < 0 || resize(fd, bytes) !== 0)
    throw new TidegateError('TG2001', `No ${bytes} bytes of shared memory.`);
  return fd;
}

function spawn(task: CaptureTask, fd: number): ChildProcess {
  return fork(program, [JSON.stringify(task)], {
    // Nothing is allocated per packet but by `cap`: a small heap is enough, and keeps collections short.
    execArgv: ['--max-semi-space-size=1', '--max-old-space-size=64'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc', fd],
  });
}

async function untilReady(child: ChildProcess, interfaceName: string): Promise<void> {
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-stderrBytesMax);
  });
  const failure = await new Promise<string | null>((resolve) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      resolve(`the capture process said nothing within ${startMsMax} ms`);
    }, startMsMax);
    child.once('message', (message: StartMessage) => {
      clearTimeout(timer);
      resolve('failed' in message ? message.failed : null);
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      resolve(`the capture process ended with ${signal ?? String(code)}: ${stderr.trim()}`);
    });
    child.once('error', (error) => {
      clearTimeout(timer);
      resolve(error.message);
    });
  });
  if (failure === null) return;
  throw new TidegateError('TG2001', `Cannot capture from ${interfaceName}: ${explain(failure)}`);
}

/** What a person can do something about right away, said in our words; else in libpcap's. */
function explain(failure: string): string {
  if (failure.includes("'cap'") || failure.includes('cap.node')) {
    return `the optional package cap is missing; install libpcap-dev, make and g++ and run npm install again (${failure})`;
  }
  if (failure.includes('Operation not permitted')) return `CAP_NET_RAW is missing (${failure})`;
  return failure;
}
