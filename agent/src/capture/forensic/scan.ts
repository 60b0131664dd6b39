/** Looks through the copy of the ring once: which records are to be believed, and in what order they happened. */
import { orderByTime } from './order.ts';
import { inSlices } from './pace.ts';
import type { RawReader } from './raw.ts';
import { forensicRecord, isEmpty, isTorn, recordsAtOnce, timeReader } from './record.ts';
import type { Skipped, Span } from './record.ts';
import type { Workspace } from './workspace.ts';

export interface Scan {
  /** Where the records that are to be believed lie in the ring. */
  readonly places: Uint32Array;
  /** When each of them happened, ns after the base of the span. */
  readonly times: Float64Array;
  /** Indices into both, in the order of time. */
  readonly order: Uint32Array;
  /** Indices of the interfaces that they came in on, ascending. */
  readonly interfaces: readonly number[];
  readonly skipped: Skipped;
}

/** @param room Where the result lies, valid until the next scan. */
export async function scanRecords(
  raw: RawReader,
  records: number,
  span: Span,
  room: Workspace,
): Promise<Scan> {
  const { places, times } = room;
  const interfaces = new Set<number>();
  const skipped = { empty: 0, torn: 0, tooOld: 0, fromTheFuture: 0 };
  const timeOf = timeReader(span);
  const { view } = raw;
  let kept = 0;
  const examine = (place: number, at: number): void => {
    const time = timeOf(view, at);
    if (isEmpty(view, at)) skipped.empty++;
    else if (isTorn(view, at)) skipped.torn++;
    else if (time < 0) skipped.tooOld++;
    else if (time > span.spanNs) skipped.fromTheFuture++;
    else {
      interfaces.add(view.getUint16(at + forensicRecord.fields.interface, true));
      places[kept] = place;
      times[kept++] = time;
    }
  };
  for (let first = 0; first < records; first += recordsAtOnce) {
    const count = Math.min(recordsAtOnce, records - first);
    await raw.readRange(first, count);
    for (let index = 0; index < count; index++) examine(first + index, index * forensicRecord.size);
  }
  return {
    places: places.subarray(0, kept),
    times: times.subarray(0, kept),
    order: await inSlices(orderByTime(times.subarray(0, kept), room.order)),
    interfaces: [...interfaces].sort((a, b) => a - b),
    skipped,
  };
}
