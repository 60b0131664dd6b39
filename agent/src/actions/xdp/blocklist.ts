/**
 * Sources whose packets are dropped whatever they are, the second thing a packet meets after its target was found. The
 * policy's are dropped always; temporary ones until the kernel's own clock says that their time is over.
 *
 * Promises
 * - 65,536 single addresses and 16,384 prefixes; a further one is refused (TG2003), and then nothing has changed.
 * - Replacing the policy's list leaves the sources that stay blocked without a gap, also where they stand in another
 *   prefix than before. Temporary ones stay.
 * - Exempt are safelisted sources, flows of the never-block set, and what the network itself needs. In observe mode
 *   everything is counted and nothing dropped.
 *
 * What to know
 * - The longest prefix decides, and a prefix whose time is over blocks nothing, nor lets a wider one do it. Therefore a
 *   source gets no entry of its own while it lies in a prefix that is dropped for at least as long, and a wider prefix
 *   takes the entries out that it makes superfluous. What is to outlive the wider one is renewed, as rules are.
 * - Adding one takes some microseconds, a prefix that drops up to 1 ms in full tables; a new list of the policy 15
 *   microseconds for each of its entries, most of them to read its text.
 */
import { TidegateError, cidrCovers, parseCidr, type IpPrefix } from '@tidegate/schemas';
import type { Datapath } from '../../kernel/xdp/index.ts';
import {
  coversMapped,
  isAddress,
  never,
  openAddressTable,
  openPrefixTable,
  type Block,
  type BlockTable,
  type BlockVerdict,
  type PrefixTable,
} from './block-tables.ts';

export interface BlockedSource {
  /** A prefix, /32 or /128 for one address. */
  readonly source: string;
  readonly verdict: BlockVerdict;
  readonly expiresInMs: number;
}

export interface Blocklist {
  /** Makes exactly these prefixes the policy's: dropped without end. Throws TG2003 or TG2002; then nothing has changed. */
  set(prefixes: readonly string[]): void;
  /**
   * Blocks a prefix for a time, or renews it. The policy's own entry for it stays as it is. Throws TG2003 where there is
   * no place, TG2002 for one that would take in everything.
   */
  add(source: string, options: { readonly ttlMs: number; readonly verdict: BlockVerdict }): void;
  /** Ends a temporary block. Returns whether it was in force. */
  remove(source: string): boolean;
  /** Temporary blocks in force, read back from the kernel. */
  list(): BlockedSource[];
}

/** A datapath has one blocklist. */
export function createBlocklist(datapath: Datapath): Blocklist {
  const tables: Tables = { addresses: openAddressTable(datapath), prefixes: openPrefixTable(datapath) };
  const sweep = createSweep(tables);
  return {
    set: (cidrs) => {
      const nowNs = process.hrtime.bigint();
      const wanted = new Map(cidrs.map(parseWanted).map((block) => [block.prefix.text, block]));
      sweep.at(nowNs);
      const kept = [...temporary(tables)].filter(({ prefix }) => !wanted.has(prefix.text));
      replace(tables, [...wanted.values(), ...kept]);
      tidy(tables, kept, nowNs);
    },
    add: (source, { ttlMs, verdict }) => {
      const prefix = parseCidr(source);
      refuseEverything(prefix);
      if (coversMapped(prefix))
        throw new TidegateError('TG2002', `${source} would take in every IPv4 source with it.`);
      const nowNs = process.hrtime.bigint();
      sweep.at(nowNs);
      const table = tableFor(tables, prefix);
      const present = table.blocks.get(prefix.text);
      if (present?.expiresNs === never) return;
      const block = { prefix, verdict, expiresNs: nowNs + BigInt(Math.round(ttlMs * 1e6)) };
      if (isSuperfluous(tables, block, nowNs)) {
        if (present !== undefined) table.remove(present);
        return;
      }
      if (present === undefined) refuseExcess(table.blocks.size + 1, table);
      table.put(block);
      sweep.expect(block.expiresNs);
      if (verdict === 'drop' && !isAddress(prefix)) tidy(tables, inside(tables, prefix), nowNs);
    },
    remove: (source) => {
      const prefix = parseCidr(source);
      const table = tableFor(tables, prefix);
      const block = table.blocks.get(prefix.text);
      if (block === undefined || block.expiresNs === never) return false;
      table.remove(block);
      return block.expiresNs > process.hrtime.bigint();
    },
    list: () => {
      const nowNs = process.hrtime.bigint();
      return [...temporary(tables)].flatMap(({ prefix }) => {
        const state = tableFor(tables, prefix).read(prefix);
        if (state === null || state.expiresNs <= nowNs) return [];
        const expiresInMs = Number(state.expiresNs - nowNs) / 1e6;
        return [{ source: prefix.text, verdict: state.verdict, expiresInMs }];
      });
    },
  };
}

interface Tables {
  readonly addresses: BlockTable;
  readonly prefixes: PrefixTable;
}

const tableFor = ({ addresses, prefixes }: Tables, prefix: IpPrefix): BlockTable =>
  isAddress(prefix) ? addresses : prefixes;

function* temporary({ addresses, prefixes }: Tables): Generator<Block> {
  for (const { blocks } of [addresses, prefixes])
    for (const block of blocks.values()) if (block.expiresNs !== never) yield block;
}

/** Temporary blocks in a prefix, without the one for itself. */
function inside(tables: Tables, outer: IpPrefix): Block[] {
  const found: Block[] = [];
  for (const block of temporary(tables))
    if (block.prefix.length > outer.length && cidrCovers(outer, block.prefix)) found.push(block);
  return found;
}

interface Sweep {
  /** Takes out what has ended. */
  at(nowNs: bigint): void;
  /** A block was added that ends then. */
  expect(expiresNs: bigint): void;
}

function createSweep({ addresses, prefixes }: Tables): Sweep {
  /** No block ends before this. */
  let soonestNs = 0n;
  return {
    at: (nowNs) => {
      if (nowNs < soonestNs) return;
      soonestNs = never;
      for (const table of [addresses, prefixes]) {
        for (const block of table.blocks.values()) {
          if (block.expiresNs <= nowNs) table.remove(block);
          else if (block.expiresNs < soonestNs) soonestNs = block.expiresNs;
        }
      }
    },
    expect: (expiresNs) => {
      if (expiresNs < soonestNs) soonestNs = expiresNs;
    },
  };
}

/** Makes both tables hold exactly these. What is new is in one of them before anything leaves the other. */
function replace({ addresses, prefixes }: Tables, wanted: readonly Block[]): void {
  const single = wanted.filter(({ prefix }) => isAddress(prefix));
  const wide = wanted.filter(({ prefix }) => !isAddress(prefix));
  refuseExcess(single.length, addresses);
  refuseExcess(wide.length, prefixes);
  const texts = new Set(single.map(({ prefix }) => prefix.text));
  const stale = [...addresses.blocks.values()].filter(({ prefix }) => !texts.has(prefix.text));
  const fresh = single.filter((block) => !isSame(addresses.blocks.get(block.prefix.text), block));
  // Only where both sets do not fit beside each other does the old one go first.
  const oldFirst = stale.length + single.length > addresses.entriesMax;
  if (oldFirst) for (const block of stale) addresses.remove(block);
  for (const block of fresh) addresses.put(block);
  if (!holdsExactly(prefixes, wide)) prefixes.replace(wide);
  if (!oldFirst) for (const block of stale) addresses.remove(block);
}

/** Takes out what a wider prefix makes superfluous, the widest first: what then stands around a block is the strongest. */
function tidy(tables: Tables, blocks: readonly Block[], nowNs: bigint): void {
  for (const block of blocks.toSorted((a, b) => a.prefix.length - b.prefix.length))
    if (isSuperfluous(tables, block, nowNs)) tableFor(tables, block.prefix).remove(block);
}

/** Whether nothing is lost without a block, because a wider prefix is dropped for at least as long. */
function isSuperfluous({ prefixes }: Tables, { prefix, verdict, expiresNs }: Block, nowNs: bigint): boolean {
  const wider = prefixes.around(prefix);
  if (wider?.verdict !== 'drop' || wider.expiresNs <= nowNs) return false;
  return verdict === 'count' || wider.expiresNs >= expiresNs;
}

const isSame = (present: Block | undefined, wanted: Block): boolean =>
  present?.expiresNs === wanted.expiresNs && present.verdict === wanted.verdict;

const holdsExactly = ({ blocks }: BlockTable, wanted: readonly Block[]): boolean =>
  blocks.size === wanted.length && wanted.every((block) => isSame(blocks.get(block.prefix.text), block));

function parseWanted(cidr: string): Block {
  const prefix = parseCidr(cidr);
  refuseEverything(prefix);
  return { prefix, expiresNs: never, verdict: 'drop' };
}

function refuseEverything({ length, text }: IpPrefix): void {
  if (length === 0)
    throw new TidegateError('TG2002', `${text} is every source: it is never blocked as a whole.`);
}

function refuseExcess(entries: number, { entriesMax }: BlockTable): void {
  if (entries <= entriesMax) return;
  throw new TidegateError(
    'TG2003',
    `The blocklist would have ${entries} entries; the kernel holds ${entriesMax}.`,
  );
}
