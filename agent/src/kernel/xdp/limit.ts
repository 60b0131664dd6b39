/** Rates as the kernel's token buckets: bpf/structs.h, struct tg_limit. */
import { TidegateError } from '@tidegate/schemas';
import { structs } from './layout.ts';

const { size, fields } = structs.tg_limit;

/** What may pass in a second. */
export interface Rate {
  readonly perSecond: number;
  readonly unit: 'packets' | 'bytes';
  /** Unused time that may be saved up, ms. @default 100 */
  readonly burstMs?: number;
}

/** A CPU takes about this much time's worth at once. */
const batchMs = 1;
/** The longest packet must fit into a batch. */
const batchBytesMin = 65_536;
const burstMsDefault = 100;
const nsMax = 4_000_000_000;

/** The 16 bytes of a limit. Throws TG2002 for a rate that no bucket can hold. */
export function encodeLimit({ perSecond, unit, burstMs = burstMsDefault }: Rate): Uint8Array {
  if (!Number.isFinite(perSecond) || perSecond <= 0)
    throw new TidegateError('TG2002', `A limit of ${perSecond} ${unit} a second holds nothing.`);
  const least = unit === 'bytes' ? batchBytesMin : 1;
  const batch = Math.min(0xffff_ffff, Math.max(least, Math.round((perSecond * batchMs) / 1000)));
  const batchNs = Math.round((batch / perSecond) * 1e9);
  if (batchNs > nsMax)
    throw new TidegateError('TG2002', `A limit of ${perSecond} ${unit} a second is too low to be kept.`);
  // Less than a batch could never be taken.
  const burstNs = Math.min(nsMax, Math.max(batchNs, Math.round(burstMs * 1e6)));
  const view = new DataView(new ArrayBuffer(size));
  view.setUint32(fields.batch, batch, true);
  view.setUint32(fields.batch_ns, batchNs, true);
  view.setUint32(fields.burst_ns, burstNs, true);
  view.setUint32(fields.in_bytes, unit === 'bytes' ? 1 : 0, true);
  return new Uint8Array(view.buffer);
}
