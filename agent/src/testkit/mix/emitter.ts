/** Runs the mix's kernel program: so many packets, now, from this thread. */
import koffi from 'koffi';
import { loadObject } from '../../kernel/bpf-object.ts';
import { libbpf, orThrow } from '../../kernel/libbpf.ts';
import { interfaceIndex, mapFd } from '../../kernel/libc.ts';
import { SeededRandom } from '../../engine/generator/random.ts';
import { testRun } from '../test-run.ts';
import { encodeMix, type AddressList, type MixPlan } from './encode.ts';
import { kindsMax, mixStructs } from './layout.ts';

const { tg_mix_kind: kindLayout, tg_mix_task: taskLayout, tg_mix_sent: sentLayout } = mixStructs;
const liveFrames = 1 << 1;
/** The receiving end of a veth pair queues 256 frames: it gets to run between two batches. */
const batchFrames = 64;
/** The longest that a mix may ask for; each frame is cut from it. */
const frameBytesMax = 1514;

export interface Sent {
  readonly packets: number;
  /** Ethernet headers included. */
  readonly bytes: number;
}

export interface MixEmitter {
  /** Sends so many packets of the mix to an interface of this thread's network namespace, as fast as it takes them. */
  emit(interfaceName: string, packets: number): void;
  /** The next frame, as it would be sent; it counts as sent. */
  draw(): Uint8Array;
  /** Since the emitter was opened, by name of the kind. */
  sent(): Record<string, Sent>;
  /** Begins the seed's sequence again. */
  rewind(): void;
  close(): void;
}

export interface MixTask {
  readonly plan: MixPlan;
  readonly destinationMac: string;
  /** The same seed gives the same packets in the same order. */
  readonly seed: string;
}

/** Throws TG2001. */
export function openMixEmitter({ plan, destinationMac, seed }: MixTask): MixEmitter {
  const { kinds, draws } = encodeMix(plan, destinationMac);
  const listed = typeof plan.sources === 'object' ? plan.sources : noAddresses;
  const object = loadObject('mix', {
    maxEntries: { targets: entriesOf(plan.targets), listed: Math.max(1, entriesOf(listed)) },
  });
  const map = (name: string, bytes: number) => mapFd(object.mapFd(name), bytes, { writable: true });
  const taskMemory = map('task', taskLayout.size);
  const kindMemory = map('kinds', kindsMax * kindLayout.size);
  const sentMemory = map('sent', kindsMax * sentLayout.size);
  const totals = new BigUint64Array(sentMemory.buffer);
  const task = new DataView(taskMemory.buffer);
  new Uint8Array(kindMemory.buffer).set(kinds);
  new Uint8Array(taskMemory.buffer).set(draws, taskLayout.fields.draws);
  fill(object.mapFd('targets'), plan.targets);
  fill(object.mapFd('listed'), listed);
  const state = BigInt(`0x${new SeededRandom(seed).hex(8)}`) | 1n;
  const rewind = (): void => {
    task.setBigUint64(taskLayout.fields.random, state, true);
  };
  rewind();
  const frame = new Uint8Array(frameBytesMax);
  const options = runOptions(frame);
  return {
    emit: (interfaceName, packets) => {
      const index = interfaceIndex(interfaceName);
      if (index === 0) throw new Error(`there is no interface ${interfaceName} to send from`);
      task.setUint32(taskLayout.fields.interface_index, index, true);
      orThrow(
        libbpf().testRun(object.programFd('mix'), options.forPackets(packets)),
        'send live frames (it takes Linux 5.18 or later)',
      );
    },
    draw: () => testRun(object.programFd('mix'), frame).frame,
    sent: () =>
      Object.fromEntries(
        plan.kinds.map(({ name }, number) => [
          name,
          { packets: Number(totals[number * 2]!), bytes: Number(totals[number * 2 + 1]!) },
        ]),
      ),
    rewind,
    close: () => {
      for (const memory of [taskMemory, kindMemory, sentMemory]) memory.release();
      object.close();
    },
  };
}

const noAddresses: AddressList = { bytes: new Uint8Array(16), ipv4: 0, ipv6: 0 };
const entriesOf = ({ ipv4, ipv6 }: AddressList): number => ipv4 + ipv6;

function fill(fd: number, { bytes }: AddressList): void {
  const memory = mapFd(fd, bytes.length, { writable: true });
  new Uint8Array(memory.buffer).set(bytes);
  memory.release();
}

/** struct bpf_test_run_opts. */
function runOptions(frame: Uint8Array): { forPackets(packets: number): Uint8Array } {
  const options = new Uint8Array(80);
  const view = new DataView(options.buffer);
  view.setBigUint64(0, BigInt(options.length), true);
  view.setBigUint64(8, koffi.address(frame), true);
  view.setUint32(24, frame.length, true);
  view.setUint32(68, liveFrames, true);
  view.setUint32(76, batchFrames, true);
  return {
    forPackets: (packets) => {
      view.setInt32(60, packets, true);
      // The kernel leaves the size of its output here, and takes it for room that we offer the next time.
      view.setUint32(28, 0, true);
      return options;
    },
  };
}
