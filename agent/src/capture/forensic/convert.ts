/**
 * From the copy of the ring to a pcapng file, in the order of time.
 *
 * Promises: no piece of work on the calling thread takes longer than 512 records do, a fraction of a millisecond;
 * between pieces it waits for the disk.
 */
import type { FileHandle } from 'node:fs/promises';
import {
  interfaceDescription,
  putPacket,
  sectionHeader,
  type BlockMemory,
} from '../../engine/pcapng/index.ts';
import {
  packetComments,
  rateCommentsMax,
  sectionComment,
  type CaptureRequest,
  type Origin,
} from './comments.ts';
import { createRawReader, type RawReader } from './raw.ts';
import { forensicRecord, recordsAtOnce, snapBytes, type Span } from './record.ts';
import { scanRecords, type Scan } from './scan.ts';
import { commentedMax, packetMax, type Workspace } from './workspace.ts';

export interface Conversion {
  readonly request: CaptureRequest;
  readonly origin: Origin;
  readonly span: Span;
  readonly raw: FileHandle;
  readonly records: number;
  readonly room: Workspace;
  /** Null where the interface is gone. */
  readonly interfaceName: (index: number) => string | null;
}

/** What the file will hold, before it is written. */
export interface Prepared {
  readonly scan: Scan;
  /** The most that the file will take, bytes. */
  readonly bytesMax: number;
  /** Writes the file; returns its length in bytes. */
  readonly writeTo: (file: FileHandle) => Promise<number>;
}

/** Room for all comments on packets: those on the share, and one on the detection. */
const commentsBytesMax = (rateCommentsMax + 1) * (commentedMax - packetMax);

export async function prepare(conversion: Conversion): Promise<Prepared> {
  const { raw, records, span, room } = conversion;
  const reader = createRawReader(raw, room.input);
  const scan = await scanRecords(reader, records, span, room);
  const head = fileHead(conversion, scan);
  return {
    scan,
    bytesMax: head.length + commentsBytesMax + scan.order.length * packetMax,
    writeTo: async (file) => {
      const output = createOutput(file, room.output);
      await output.append(head);
      await writePackets(conversion, scan, reader, output);
      return await output.end();
    },
  };
}

function fileHead({ request, origin, interfaceName }: Conversion, { interfaces, skipped }: Scan): Buffer {
  const comment = sectionComment(request, origin, skipped);
  return Buffer.concat([
    sectionHeader({ comment, application: 'Tidegate agent' }),
    ...interfaces.map((index) =>
      interfaceDescription({ name: interfaceName(index) ?? `interface ${index}`, snapBytes }),
    ),
  ]);
}

/** Nanoseconds since the epoch of a time after the base, in halves: exact, without an integer object a packet. */
function clockHalves({ span, origin }: Conversion): (time: number) => { high: number; low: number } {
  const base = span.baseNs + origin.wallOffsetNs;
  const baseHigh = Number(base >> 32n);
  const baseLow = Number(base & 0xffff_ffffn);
  const halves = { high: 0, low: 0 };
  return (time) => {
    const low = baseLow + time;
    halves.high = baseHigh + Math.floor(low / 0x1_0000_0000);
    halves.low = low % 0x1_0000_0000;
    return halves;
  };
}

async function writePackets(
  conversion: Conversion,
  scan: Scan,
  reader: RawReader,
  output: Output,
): Promise<void> {
  const { fields } = forensicRecord;
  const { order, places, times } = scan;
  const { bytes, view } = reader;
  const interfaceIds = new Map(scan.interfaces.map((index, id) => [index, id]));
  const halvesOf = clockHalves(conversion);
  const detected = Number(BigInt(Math.round(conversion.request.detectedNs)) - conversion.span.baseNs);
  const commentsAt = packetComments(detected);
  const put = (at: number, time: number): void => {
    const { high, low } = halvesOf(time);
    output.put({
      interfaceId: interfaceIds.get(view.getUint16(at + fields.interface, true))!,
      timeHigh: high,
      timeLow: low,
      originalBytes: view.getUint32(at + fields.frame_bytes, true),
      data: bytes.subarray(at + fields.data, at + fields.data + view.getUint8(at + fields.captured)),
      comments: commentsAt(time, view.getUint8(at + fields.rate_shift)),
    });
  };
  for (let first = 0; first < order.length; first += recordsAtOnce) {
    const piece = order.subarray(first, first + recordsAtOnce);
    await reader.readPlaces(piece.map((index) => places[index]!));
    for (const index of piece) {
      if (output.isFull()) await output.flush();
      put(reader.offsetOf(places[index]!), times[index]!);
    }
    await output.flush();
  }
}

type Output = ReturnType<typeof createOutput>;

/** A buffer in front of the file. */
function createOutput(file: FileHandle, memory: BlockMemory) {
  let filled = 0;
  let written = 0;
  const append = async (bytes: Uint8Array): Promise<void> => {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await file.write(bytes, done, bytes.length - done, written + done);
      done += bytesWritten;
    }
    written += bytes.length;
  };
  const flush = async (): Promise<void> => {
    await append(memory.bytes.subarray(0, filled));
    filled = 0;
  };
  return {
    append,
    flush,
    /** Whether another packet, with all that can be said about it, may find no room. */
    isFull: (): boolean => filled + commentedMax > memory.bytes.length,
    put: (packet: Parameters<typeof putPacket>[2]): void => {
      filled = putPacket(memory, filled, packet);
    },
    end: async (): Promise<number> => {
      await flush();
      return written;
    },
  };
}
