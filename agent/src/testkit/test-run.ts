/** Runs an XDP program over one frame, without any interface (BPF_PROG_TEST_RUN). */
import koffi from 'koffi';
import { libbpf, orThrow } from '../kernel/libbpf.ts';

/** What a program returned: XDP_DROP is 1, XDP_PASS is 2. */
export const xdpVerdict = { drop: 1, pass: 2 } as const;

export interface TestRun {
  readonly verdict: number;
  /** The frame after the program ran. */
  readonly frame: Uint8Array;
  /** Mean time of a run, ns. */
  readonly durationNs: number;
}

/** @param repeat How often it runs over the same frame. */
export function testRun(programFd: number, frame: Uint8Array, repeat = 1): TestRun {
  const output = new Uint8Array(4096);
  const input = frame.slice();
  const options = new Uint8Array(80);
  // struct bpf_test_run_opts.
  const view = new DataView(options.buffer);
  view.setBigUint64(0, BigInt(options.length), true);
  view.setBigUint64(8, koffi.address(input), true);
  view.setBigUint64(16, koffi.address(output), true);
  view.setUint32(24, input.length, true);
  view.setUint32(28, output.length, true);
  view.setInt32(60, repeat, true);
  orThrow(libbpf().testRun(programFd, options), 'run the program');
  return {
    verdict: view.getUint32(56, true),
    frame: output.slice(0, view.getUint32(28, true)),
    durationNs: view.getUint32(64, true),
  };
}

/**
 * The same for very many frames: one input buffer, nothing allocated, no frame back. Returns the verdict. The kernel
 * refuses frames shorter than an Ethernet header.
 */
export function createTestRunner(programFd: number, frameBytesMax: number): (frame: Uint8Array) => number {
  const input = new Uint8Array(frameBytesMax);
  const options = new Uint8Array(80);
  const view = new DataView(options.buffer);
  view.setBigUint64(0, BigInt(options.length), true);
  view.setBigUint64(8, koffi.address(input), true);
  view.setInt32(60, 1, true);
  const { testRun: run } = libbpf();
  return (frame) => {
    input.set(frame);
    view.setUint32(24, frame.length, true);
    // The kernel writes the length of the result here, and takes it for the room that there is next time.
    view.setUint32(28, 0, true);
    const code = run(programFd, options);
    if (code < 0) orThrow(code, `run the program over ${frame.length} bytes`);
    return view.getUint32(56, true);
  };
}
