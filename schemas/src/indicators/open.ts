/**
 * Opens an indicator set where it lies, also in a mapped file, without copying it.
 *
 * The header, every region, the catalog and its bounds are checked first, and some entries are looked up in the kernel
 * part; after that no read leaves the bytes. What the bytes say is the builder's: that they are unchanged is for the
 * digest in the signed bundle to prove.
 */
import { TidegateError } from '../errors/tidegate-error.ts';
import type { Catalog, CatalogFeed } from './catalog.ts';
import { v4RecordBytes, v6RecordBytes } from './catalog.ts';
import {
  flagSomeDrop,
  headerLines,
  headerWord,
  indicatorMagic,
  indicatorVersion,
  lineBytes,
  readLayout,
  reservedFrom,
  type IndicatorVerdict,
  type Layout,
} from './format.ts';
import { lookUp, type KernelPart } from './lookup.ts';
import { findMatches, type IndicatorMatch } from './matches.ts';
import { readCatalog } from './read-catalog.ts';

export type { IndicatorMatch } from './matches.ts';

/** Entries of each family that are looked up when a set is opened: a wrong seed or a foreign kernel part shows. */
const samplesMax = 64;

export interface IndicatorSet {
  /** RFC 3339. */
  readonly builtAt: string;
  readonly layout: Layout;
  readonly seed: number;
  /** Whether some entry has the verdict drop. */
  readonly someDrop: boolean;
  /** The lines that go into the kernel, as they lie in the file. */
  readonly kernelBytes: Uint8Array;
  readonly feeds: readonly CatalogFeed[];
  /** Entries of each family, those that two feeds share counted twice. */
  readonly counts: { readonly v4: number; readonly v6: number };
  /** How many of the entries are one address; the others are prefixes. Reads every record. */
  countAddresses(): number;
  /** @param address 16 bytes, IPv4 mapped. */
  verdictOf(address: Uint8Array): IndicatorVerdict;
  /**
   * Every entry that holds the address, the narrowest first.
   *
   * @param address 16 bytes, IPv4 mapped.
   */
  matchesOf(address: Uint8Array): IndicatorMatch[];
}

const refuse = (message: string): never => {
  throw new TidegateError('TG2015', `The indicator set cannot be used: ${message}.`);
};

/** Throws TG2015 for bytes that are no indicator set, or not a whole one. */
export function openIndicatorSet(bytes: Uint8Array | DataView): IndicatorSet {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const layout = checkedLayout(view);
  const kernelBytes = new Uint8Array(view.buffer, view.byteOffset, layout.kernelLines * lineBytes);
  const part: KernelPart = { view, layout, seed: view.getUint32(headerWord.seed * 4, true) };
  const catalog = readCatalog(view, kernelBytes.length);
  const someDrop = view.getUint32(headerWord.flags * 4, true) === flagSomeDrop;
  checkAgreement(layout, catalog, someDrop);
  checkSamples(part, catalog);
  return {
    builtAt: catalog.builtAt,
    layout,
    seed: part.seed,
    someDrop,
    kernelBytes,
    feeds: catalog.feeds,
    counts: { v4: catalog.v4, v6: catalog.v6 },
    countAddresses: () => countAddresses(view, catalog),
    verdictOf: (address) => lookUp(part, addressView(address)),
    matchesOf: (address) => findMatches(view, catalog, addressView(address)),
  };
}

function countAddresses(view: DataView, { v4, v4Offset, v6, v6Offset }: Catalog): number {
  let addresses = 0;
  for (let index = 0; index < v4; index++) {
    if (view.getUint8(v4Offset + index * v4RecordBytes + 4) === 32) addresses++;
  }
  for (let index = 0; index < v6; index++) {
    if (view.getUint8(v6Offset + index * v6RecordBytes + 16) === 128) addresses++;
  }
  return addresses;
}

function addressView(address: Uint8Array): DataView {
  if (address.length !== 16) {
    throw new TidegateError('TG1007', `An address has 16 bytes, but ${address.length} were given.`);
  }
  return new DataView(address.buffer, address.byteOffset, 16);
}

function checkedLayout(view: DataView): Layout {
  const wordOf = (word: number): number => view.getUint32(word * 4, true);
  if (view.byteLength < headerLines * lineBytes) return refuse(`it has ${view.byteLength} bytes only`);
  if (wordOf(headerWord.magic) !== indicatorMagic) return refuse('it does not begin with TGI1');
  if (wordOf(headerWord.version) !== indicatorVersion) {
    return refuse(`it has version ${wordOf(headerWord.version)}, and this is version ${indicatorVersion}`);
  }
  const layout = readLayout(view);
  if (layout === null) return refuse('the regions that its header names do not follow one another');
  if (layout.kernelLines * lineBytes > view.byteLength) {
    return refuse(`it has ${view.byteLength} bytes, and the kernel part alone ${layout.kernelLines} lines`);
  }
  if (wordOf(headerWord.flags) > flagSomeDrop) return refuse('its header sets flags that have no meaning');
  for (let word = reservedFrom; word < (headerLines * lineBytes) / 4; word++) {
    if (wordOf(word) !== 0) return refuse(`word ${word} of its header is not zero`);
  }
  return layout;
}

/** A region is there if, and only if, the catalog has an entry for it. */
function checkAgreement({ regions }: Layout, catalog: Catalog, someDrop: boolean): void {
  const v4 = catalog.v4 > 0;
  const v6 = catalog.v6 > 0;
  const there = (name: keyof typeof regions): boolean => regions[name].lines > 0;
  const v4Fits = there('v4Touched') === v4 && there('v4Covered') === v4;
  const v4Alone = v4 || !(there('v4CoveredDrop') || there('v4Exact') || there('v4Block'));
  const v6Fits = there('v6Root') === v6 && (v6 || !(there('v6Prefix') || there('v6Exact')));
  if (!v4Fits || !v4Alone || !v6Fits) refuse('its regions do not fit the entries of its catalog');
  const drops = catalog.feeds.some(({ action, entries }) => action === 'drop' && entries > 0);
  if (drops !== someDrop) refuse('its header and its catalog disagree about the verdict drop');
}

function checkSamples(part: KernelPart, catalog: Catalog): void {
  const address = new DataView(new ArrayBuffer(16));
  for (const index of samples(catalog.v4)) {
    const at = catalog.v4Offset + index * v4RecordBytes;
    address.setUint32(8, 0xffff);
    address.setUint32(12, part.view.getUint32(at, true));
    checkSample(part, catalog, address, part.view.getUint8(at + 5));
  }
  for (const index of samples(catalog.v6)) {
    const at = catalog.v6Offset + index * v6RecordBytes;
    address.setBigUint64(0, part.view.getBigUint64(at));
    address.setBigUint64(8, part.view.getBigUint64(at + 8));
    checkSample(part, catalog, address, part.view.getUint8(at + 17));
  }
}

/** Numbers of up to `samplesMax` records, evenly spaced. */
const samples = (count: number): number[] =>
  Array.from({ length: Math.min(count, samplesMax) }, (_, index) =>
    Math.floor((index * count) / Math.min(count, samplesMax)),
  );

function checkSample(part: KernelPart, { feeds }: Catalog, address: DataView, feed: number): void {
  const verdict = lookUp(part, address);
  const action = feeds[feed]?.action;
  if (action === undefined) refuse('a record names a feed that the catalog does not have');
  if (verdict === 'none' || (action === 'drop' && verdict !== 'drop')) {
    refuse('its kernel part does not have an entry that its catalog has');
  }
}
