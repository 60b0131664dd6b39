/**
 * The capture process: one interface, libpcap through `cap`, counters and samples into shared memory.
 *
 * It is a process of its own because `cap` hands over packets for as long as there are any: under a flood its event
 * loop never comes round. What must happen meanwhile happens between two packets. The kernel ends it with the agent.
 */
import { randomInt } from 'node:crypto';
import type { Cap } from 'cap';
import { mapFd } from '../../kernel/libc.ts';
import { loadLibrary } from '../../kernel/native.ts';
import { FrameCounter, frameBytesMax } from './counting.ts';
import { isLinkType } from './link.ts';
import { captureMemory, captureMemoryBytes, total, word, type CaptureMemory } from './memory.ts';
import { memoryFd, type CaptureTask, type StartMessage, type Watched, type WatchMessage } from './message.ts';
import { lossCounter, openSockets } from './packet-socket.ts';
import { Reservoir, sliceMs } from './reservoir.ts';
import { RowTable } from './rows.ts';

/**
 * What libpcap is asked for. It makes frames of 64 KiB of it where the interface has offloads, which takes twice the
 * memory for 512 frames: 64 MiB, as long as the process lives.
 */
const bufferBytes = 32 * 1024 * 1024;

const parentDeathSignal = 1;
const sigkill = 9;

interface Capture {
  readonly cap: Cap;
  readonly frame: Buffer;
  readonly lostPackets: () => number;
}

/** `cap` leaves its poll handle in the event loop when it closes: a capture that was collected would be written to. */
const keptAlive: Capture[] = [];

async function main(task: CaptureTask): Promise<void> {
  endWithAgent(task.agentPid);
  const { default: addOn } = await import('cap');
  const { buffer } = mapFd(memoryFd, captureMemoryBytes(task.targetsMax), { writable: true });
  const memory = captureMemory(buffer, task.targetsMax);
  const nowMs = (): number => performance.now();
  const table = new RowTable(memory, task.prefixes, randomInt(2 ** 31), nowMs());
  const reservoir = new Reservoir(memory, task.samplesPerSecondMax, monotonicNs(), randomInt(1, 2 ** 31));
  const counter = new FrameCounter(memory, table, reservoir, nowMs);

  let current: Capture | null = null;
  const stop = (): void => {
    current?.cap.close();
    current = null;
  };
  const look = (): void => {
    counter.look();
    if (current !== null) addLosses(memory, current.lostPackets());
    // A message waits for the event loop, which comes round once nothing is captured.
    if (Atomics.load(memory.words, word.pause) !== 0) stop();
  };
  const start = ({ filter }: Watched): void => {
    current = openCapture(new addOn.Cap(), task.interfaceName, filter, counter, look);
    keptAlive.push(current);
  };
  start(task);
  setInterval(look, sliceMs);
  process.on('message', ({ watch }: WatchMessage) => {
    stop();
    table.setPrefixes(watch.prefixes);
    Atomics.store(memory.words, word.pause, 0);
    start(watch);
  });
  process.on('disconnect', () => process.exit(0));
}

function openCapture(
  cap: Cap,
  name: string,
  filter: string,
  counter: FrameCounter,
  look: () => void,
): Capture {
  const before = openSockets();
  const frame = Buffer.alloc(frameBytesMax);
  const link = cap.open(name, filter, bufferBytes, frame);
  if (!isLinkType(link)) throw new Error(`its link type is not supported: ${link}`);
  cap.on('packet', (captured, isTruncated) => {
    if (counter.count(link, frame, captured, !isTruncated)) look();
  });
  return { cap, frame, lostPackets: lossCounter(before) };
}

function addLosses(memory: CaptureMemory, packets: number): void {
  memory.totals[total.lostByKernel] = memory.totals[total.lostByKernel]! + packets;
}

/** Kernel monotonic time: performance.now counts from a point of the same clock. */
function monotonicNs(): () => number {
  const startNs = Number(process.hrtime.bigint()) - performance.now() * 1e6;
  return () => startNs + performance.now() * 1e6;
}

/** Also when the agent is killed while a flood keeps this event loop from coming round. */
function endWithAgent(agentPid: number): void {
  const prctl = loadLibrary('libc.so.6').func('int prctl(int option, unsigned long argument)') as (
    option: number,
    argument: number,
  ) => number;
  prctl(parentDeathSignal, sigkill);
  if (process.ppid !== agentPid) process.exit(0);
}

const say = (message: StartMessage): void => void process.send?.(message);

try {
  await main(JSON.parse(process.argv[2] ?? '') as CaptureTask);
  say({ ready: true });
} catch (error) {
  say({ failed: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
  if (process.connected) process.disconnect();
}
