/** An independent witness at the victim: the generator's packets that reached the network stack, behind XDP. */
import { inNamespace } from '../frames/index.ts';
import { loadObject } from '../../kernel/bpf-object.ts';
import { libbpf, orThrow } from '../../kernel/libbpf.ts';
import { interfaceIndex, mapFd } from '../../kernel/libc.ts';
import { probeBucketMs, probeBuckets, trafficStructs } from './layout.ts';

const { tg_probe: totalsLayout, tg_probe_bucket: bucketLayout } = trafficStructs;
const alreadyThere = -17;
const ingress = 1;

export interface Seen {
  readonly packets: number;
  readonly bytes: number;
  /** Kernel monotonic time, ns; 0 where nothing was seen. */
  readonly firstNs: number;
  readonly lastNs: number;
}

export interface Probe {
  /** Since the probe was opened or reset. */
  seen(): Seen;
  /**
   * Packets from `fromNs` to `toNs`, in whole buckets of 10 ms: those that begin in that time. Reaches back 80 s.
   */
  packetsBetween(fromNs: number, toNs: number): number;
  /** Forgets everything. Only between attacks: packets that arrive meanwhile may be half counted. */
  reset(): void;
  /** Lets go of the counters; the filter goes with the interface. */
  close(): void;
}

export function openProbe(options: { readonly namespace: string; readonly interfaceName: string }): Probe {
  const object = loadObject('probe');
  inNamespace(options.namespace, () => {
    attachAtIngress(object.programFd('watch'), interfaceIndex(options.interfaceName));
  });
  const totalsMemory = mapFd(object.mapFd('totals'), totalsLayout.size, { writable: true });
  const bucketsMemory = mapFd(object.mapFd('buckets'), probeBuckets * bucketLayout.size, { writable: true });
  const totals = new BigUint64Array(totalsMemory.buffer, 0, totalsLayout.size / 8);
  const buckets = new BigUint64Array(bucketsMemory.buffer, 0, (probeBuckets * bucketLayout.size) / 8);
  const total = (field: number): number => Number(totals[field / 8]!);
  const bucketNs = probeBucketMs * 1e6;
  return {
    seen: () => ({
      packets: total(totalsLayout.fields.packets),
      bytes: total(totalsLayout.fields.bytes),
      firstNs: total(totalsLayout.fields.first_ns),
      lastNs: total(totalsLayout.fields.last_ns),
    }),
    packetsBetween: (fromNs, toNs) => {
      let packets = 0;
      for (let number = Math.ceil(fromNs / bucketNs); number * bucketNs < toNs; number++) {
        const at = ((number % probeBuckets) * bucketLayout.size) / 8;
        if (buckets[at + bucketLayout.fields.number / 8] !== BigInt(number)) continue;
        packets += Number(buckets[at + bucketLayout.fields.packets / 8]!);
      }
      return packets;
    },
    reset: () => {
      totals.fill(0n);
      buckets.fill(0n);
    },
    close: () => {
      totalsMemory.release();
      bucketsMemory.release();
      object.close();
    },
  };
}

/** Puts a program at tc ingress of an interface of this thread's network namespace; it goes with the interface. */
export function attachAtIngress(program: number, interfaceIndexNumber: number): void {
  if (interfaceIndexNumber === 0) throw new Error('there is no such interface to probe');
  // struct bpf_tc_hook, then struct bpf_tc_opts.
  const hook = new Uint8Array(24);
  const hookView = new DataView(hook.buffer);
  hookView.setBigUint64(0, BigInt(hook.length), true);
  hookView.setInt32(8, interfaceIndexNumber, true);
  hookView.setUint32(12, ingress, true);
  const created = libbpf().tcHookCreate(hook);
  if (created !== alreadyThere) orThrow(created, 'make a clsact qdisc');
  const options = new Uint8Array(32);
  const view = new DataView(options.buffer);
  view.setBigUint64(0, BigInt(options.length), true);
  view.setInt32(8, program, true);
  orThrow(libbpf().tcAttach(hook, options), 'attach the probe');
}
