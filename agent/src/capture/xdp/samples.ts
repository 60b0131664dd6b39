/** Turns records of the ring buffer into samples. Bound: 1000 a call; the rest waits in the ring, which the kernel bounds. */
import { formatAddress } from '@tidegate/schemas';
import type { Sample } from '../../engine/types.ts';
import { sampleBytesMax, sampleFlag, structs, type Datapath } from '../../kernel/xdp/index.ts';

const { fields } = structs.tg_sample;
const samplesPerReadMax = 1000;
const twoTo32 = 2 ** 32;

/** Returns what came in since the call before. `addressOf` knows the slots' addresses. */
export function createSampleReader(
  { maps }: Datapath,
  addressOf: (slot: number) => string | undefined,
): () => Sample[] {
  const { samples } = maps;
  const view = new DataView(samples.data.buffer, samples.data.byteOffset, samples.data.byteLength);
  let block = new Uint8Array(0);
  let used = 0;
  let found: Sample[] = [];
  const visit = (offset: number): void => {
    const length = Math.min(view.getUint16(offset + fields.captured, true), sampleBytesMax);
    // Samples are kept for some windows: their bytes are cut from blocks, which are garbage when the last one is.
    if (used + length > block.length) {
      block = new Uint8Array(64 * sampleBytesMax);
      used = 0;
    }
    const data = block.subarray(used, used + length);
    used += length;
    data.set(samples.data.subarray(offset + fields.data, offset + fields.data + length));
    const target = addressOf(view.getUint32(offset + fields.slot, true)) ?? destinationOf(data);
    if (target === null) return;
    found.push({
      target,
      atNs:
        view.getUint32(offset + fields.at_ns + 4, true) * twoTo32 +
        view.getUint32(offset + fields.at_ns, true),
      length: view.getUint32(offset + fields.ip_length, true),
      rate: view.getUint32(offset + fields.rate, true),
      ...((view.getUint16(offset + fields.flags, true) & sampleFlag.indicator) !== 0 && {
        isIndicator: true,
      }),
      data,
    });
  };
  return () => {
    found = [];
    samples.drain(samplesPerReadMax, visit);
    return found;
  };
}

/** Destination in an IP header; for addresses that found no slot. */
function destinationOf(data: Uint8Array): string | null {
  const version = data[0]! >> 4;
  if (version === 6) return data.length < 40 ? null : formatAddress(data.slice(24, 40));
  return data.length < 20 ? null : data.subarray(16, 20).join('.');
}
