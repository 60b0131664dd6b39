/** Reads the catalog of an indicator set: strict, since everything behind it is found by its numbers. */
import { TidegateError } from '../errors/tidegate-error.ts';
import { canonicalJson } from '../encoding/canonical.ts';
import { catalogSchema, v4RecordBytes, v6RecordBytes, type Catalog, type CatalogFeed } from './catalog.ts';
import { indicatorLimits } from './records.ts';

/** 255 feeds with their credits fit many times over. */
const textBytesMax = 1024 * 1024;

const refuse = (message: string): never => {
  throw new TidegateError('TG2015', `The indicator set cannot be used: ${message}.`);
};

/** The catalog that starts at a byte and, with its records, fills the rest. Throws TG2015. */
export function readCatalog(view: DataView, start: number): Catalog {
  if (start + 4 > view.byteLength) return refuse('it ends before its catalog');
  const length = view.getUint32(start, true);
  if (length > textBytesMax || start + 4 + length > view.byteLength) {
    return refuse(`its catalog would have ${length} bytes`);
  }
  const text = decode(new Uint8Array(view.buffer, view.byteOffset + start + 4, length));
  const catalog = checked(parse(text));
  const v4Offset = Math.ceil((start + 4 + length) / 8) * 8;
  const v6Offset = v4Offset + catalog.v4 * v4RecordBytes;
  const fits =
    catalog.v4Offset === v4Offset &&
    catalog.v6Offset === v6Offset &&
    v6Offset + catalog.v6 * v6RecordBytes === view.byteLength;
  if (!fits) return refuse('its records do not lie where its catalog says, or it was cut');
  if (canonicalJson({ schema: catalogSchema, ...catalog }) !== text) {
    return refuse('its catalog is not canonical JSON, or has keys that this version does not know');
  }
  return catalog;
}

function decode(bytes: Uint8Array): string {
  // A decoder takes no shared memory, which a mapped file may be.
  const copy = Uint8Array.from(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(copy);
  } catch {
    return refuse('its catalog is not UTF-8');
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return refuse('its catalog is not JSON');
  }
}

function checked(value: unknown): Catalog {
  if (!isRecord(value) || value['schema'] !== catalogSchema) {
    return refuse(`its catalog is not of ${catalogSchema}`);
  }
  const { builtAt, feeds, v4, v6, v4Offset, v6Offset } = value;
  const shaped =
    typeof builtAt === 'string' &&
    Array.isArray(feeds) &&
    feeds.length <= indicatorLimits.feedsMax &&
    feeds.every(isFeed) &&
    [v4, v6, v4Offset, v6Offset].every(isCount);
  if (!shaped) return refuse('its catalog does not have its shape');
  // Only the keys that are known: what else stands there makes the text differ from its canonical form.
  const known = feeds.map(({ name, action, entries, credit }) => ({
    name,
    action,
    entries,
    ...(credit === undefined ? {} : { credit }),
  }));
  const catalog = { builtAt, feeds: known, v4, v6, v4Offset, v6Offset } as Catalog;
  const entries = catalog.feeds.reduce((sum, feed) => sum + feed.entries, 0);
  if (entries !== catalog.v4 + catalog.v6) return refuse('its feeds have another number of entries than it');
  return catalog;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

const isFeed = (value: unknown): value is CatalogFeed =>
  isRecord(value) &&
  typeof value['name'] === 'string' &&
  (value['action'] === 'count' || value['action'] === 'drop') &&
  isCount(value['entries']) &&
  (value['credit'] === undefined || typeof value['credit'] === 'string');
