/**
 * The memory that a capture works in, made once and used again: left to the garbage collector, the arrays of some
 * captures in a row would stay for minutes.
 */
import { blockMemory, packetBytesMax, type BlockMemory } from '../../engine/pcapng/index.ts';
import { longestComments } from './comments.ts';
import { forensicRecord, gapRecordsMax, recordsAtOnce, snapBytes } from './record.ts';

/** What the order of so many times is found in. */
export interface OrderRoom {
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  readonly starts: Uint32Array;
}

export interface Workspace {
  /** Of the records that are believed: when they happened, and where they lie. */
  readonly times: Float64Array;
  readonly places: Uint32Array;
  readonly order: OrderRoom;
  /** Records as they were read. */
  readonly input: Buffer;
  /** Blocks on their way to the file. */
  readonly output: BlockMemory;
}

export const packetMax = packetBytesMax(snapBytes, []);
export const commentedMax = packetBytesMax(snapBytes, longestComments);

export const orderRoom = (records: number): OrderRoom => ({
  from: new Uint32Array(records),
  to: new Uint32Array(records),
  starts: new Uint32Array(records),
});

export const inputBuffer = (): Buffer =>
  Buffer.allocUnsafeSlow(recordsAtOnce * (gapRecordsMax + 1) * forensicRecord.size);

/** Takes 24 bytes for each record of the ring, and half a MiB. */
export const createWorkspace = (records: number): Workspace => ({
  times: new Float64Array(records),
  places: new Uint32Array(records),
  order: orderRoom(records),
  input: inputBuffer(),
  output: blockMemory(new Uint8Array(recordsAtOnce * packetMax + commentedMax)),
});
