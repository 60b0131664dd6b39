/**
 * The catalog of an indicator set: which feed said what, read by user space only.
 *
 * After the kernel part: the length of a canonical JSON text (u32), the text, zeros up to a multiple of 8 bytes, then
 * the records of both families, sorted by address, length and feed. Nothing follows.
 */
import { canonicalJson } from '../encoding/canonical.ts';
import { utf8 } from '../encoding/bytes.ts';
import type { IndicatorAction } from './format.ts';
import type { IndicatorRecords } from './records.ts';
import { v6RecordWords } from './v6-order.ts';

export const catalogSchema = 'tidegate/indicator-set/v1';
export const v4RecordBytes = 8;
export const v6RecordBytes = 24;

export interface CatalogFeed {
  readonly name: string;
  readonly action: IndicatorAction;
  /** Entries in this set, each counted once. */
  readonly entries: number;
  /** What the feed asks to be said about its origin. */
  readonly credit?: string;
}

export interface Catalog {
  /** RFC 3339. */
  readonly builtAt: string;
  readonly feeds: readonly CatalogFeed[];
  /** Records. */
  readonly v4: number;
  readonly v6: number;
  /** First byte of the records. */
  readonly v4Offset: number;
  readonly v6Offset: number;
}

export interface PlannedCatalog {
  readonly catalog: Catalog;
  readonly text: Uint8Array;
  /** Bytes of the whole set. */
  readonly endOffset: number;
}

const align = (offset: number): number => Math.ceil(offset / 8) * 8;

/** Where everything lies. The offsets stand in the text whose length they depend on: repeated until they agree. */
export function planCatalog(start: number, content: Omit<Catalog, 'v4Offset' | 'v6Offset'>): PlannedCatalog {
  let v4Offset = start;
  for (;;) {
    const v6Offset = v4Offset + content.v4 * v4RecordBytes;
    const catalog = { ...content, v4Offset, v6Offset };
    const text = utf8(canonicalJson({ schema: catalogSchema, ...catalog }));
    const needed = align(start + 4 + text.length);
    // Offsets only grow from round to round, and with them the text by a digit at most.
    if (needed <= v4Offset) return { catalog, text, endOffset: v6Offset + content.v6 * v6RecordBytes };
    v4Offset = needed;
  }
}

/** Writes the catalog into zeroed bytes. */
export function writeCatalog(
  bytes: Uint8Array,
  start: number,
  { catalog, text }: PlannedCatalog,
  records: IndicatorRecords,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  view.setUint32(start, text.length, true);
  bytes.set(text, start + 4);
  for (const [index, record] of records.v4.entries()) {
    const at = catalog.v4Offset + index * v4RecordBytes;
    view.setUint32(at, Math.floor(record / 65536), true);
    view.setUint8(at + 4, Math.floor(record / 256) & 0xff);
    view.setUint8(at + 5, record % 256);
  }
  for (let index = 0; index < catalog.v6; index++) {
    const from = index * v6RecordWords;
    const at = catalog.v6Offset + index * v6RecordBytes;
    for (let word = 0; word < 4; word++) view.setUint32(at + word * 4, records.v6[from + word]!);
    view.setUint8(at + 16, records.v6[from + 4]! >>> 8);
    view.setUint8(at + 17, records.v6[from + 4]! & 0xff);
  }
}
