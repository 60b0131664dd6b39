/** Runs the generator's kernel program: so many frames, now, from this thread. */
import { execFileSync } from 'node:child_process';
import koffi from 'koffi';
import { loadObject } from '../../kernel/bpf-object.ts';
import { libbpf, orThrow } from '../../kernel/libbpf.ts';
import { interfaceIndex, mapFd } from '../../kernel/libc.ts';
import { createXdpLink } from '../../kernel/xdp-link.ts';
import { trafficStructs } from './layout.ts';
import type { Template } from './template.ts';

const { size, fields } = trafficStructs.tg_flood;
const liveFrames = 1 << 1;
/** The receiving end of a veth pair queues 256 frames: it gets to run between two batches. */
const batchFrames = 64;

export interface Emitter {
  use(template: Template): void;
  /** Sends `packets` copies. */
  emit(packets: number): void;
  /** Since the emitter was opened or reset; times are kernel monotonic, ns, 0 before the first packet. */
  results(): { readonly sent: number; readonly firstNs: number; readonly lastNs: number };
  reset(): void;
  close(): void;
}

/** The interface is one of the calling thread's network namespace. Throws TG2001. */
export function openEmitter(interfaceName: string): Emitter {
  const index = interfaceIndex(interfaceName);
  if (index === 0) throw new Error(`there is no interface ${interfaceName} to send from`);
  const object = loadObject('flood');
  const program = object.programFd('generate');
  keepInUse(program);
  const memory = mapFd(object.mapFd('flood'), size, { writable: true });
  const task = new Uint8Array(memory.buffer, 0, size);
  const words = new BigUint64Array(memory.buffer, 0, size / 8);
  const options = new Uint8Array(80);
  const view = new DataView(options.buffer);
  let frame = new Uint8Array(0);
  // struct bpf_test_run_opts.
  view.setBigUint64(0, BigInt(options.length), true);
  view.setUint32(68, liveFrames, true);
  view.setUint32(76, batchFrames, true);
  return {
    use: (template) => {
      frame = template.frame.slice();
      task.set(template.task.subarray(4, fields.sent), 4);
      new DataView(memory.buffer).setUint32(fields.interface_index, index, true);
      view.setBigUint64(8, koffi.address(frame), true);
      view.setUint32(24, frame.length, true);
    },
    emit: (packets) => {
      view.setInt32(60, packets, true);
      // The kernel leaves the size of its output here, and takes it for room that we offer the next time.
      view.setUint32(28, 0, true);
      orThrow(libbpf().testRun(program, options), 'send live frames (it takes Linux 5.18 or later)');
    },
    results: () => ({
      sent: Number(words[fields.sent / 8]!),
      firstNs: Number(words[fields.first_ns / 8]!),
      lastNs: Number(words[fields.last_ns / 8]!),
    }),
    reset: () => words.fill(0n, fields.sent / 8),
    close: () => {
      memory.release();
      object.close();
    },
  };
}

/**
 * A program that is attached nowhere enters and leaves the kernel's table of XDP programs with every run, and each
 * time waits for all CPUs, 5 ms in all. So it is attached to an interface that is down.
 */
function keepInUse(program: number): void {
  const name = `hold${process.pid}`;
  execFileSync('ip', ['link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}b`]);
  const link = createXdpLink(program, interfaceIndex(name), 'generic');
  if (typeof link !== 'number')
    throw new Error(`the generator cannot be attached to ${name}: ${link.refusal}`);
}
