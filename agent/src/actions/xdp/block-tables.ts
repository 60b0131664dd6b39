/**
 * Blocked sources as the kernel holds them (bpf/block.h): single addresses in a hash, prefixes in a trie.
 *
 * Promises: the numbers in the settings, by which the program skips an empty list, never say less than is there; what an
 * earlier process left is found at the start. Only one process may write at a time: what the tables hold is remembered
 * here, for walking 65,536 entries takes a tenth of a second. The kernel itself removes nothing.
 */
import { cidrCovers, formatAddress, parseCidr, type IpPrefix } from '@tidegate/schemas';
import { deleteElement, keysOf, lookupElement, mapInfo, updateElement } from '../../kernel/bpf-map.ts';
import { addressKey, prefixKey, readTrie, writeTrie } from '../../kernel/xdp/prefixes.ts';
import { structs, verdictCode, type Datapath } from '../../kernel/xdp/index.ts';

export type BlockVerdict = 'count' | 'drop';

export interface Block {
  readonly prefix: IpPrefix;
  /** By CLOCK_MONOTONIC. */
  readonly expiresNs: bigint;
  readonly verdict: BlockVerdict;
}

export type BlockState = Pick<Block, 'expiresNs' | 'verdict'>;

/** As an expiry: never. */
export const never = 0xffff_ffff_ffff_ffffn;

/** The space in which IPv6 headers write IPv4 (RFC 4291, section 2.5.5.2). */
const mappedSpace: IpPrefix = {
  family: 6,
  bytes: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0),
  length: 96,
  text: '::ffff:0:0/96',
};

/** Whether the prefix as the kernel compares it takes in all of IPv4. */
export const coversMapped = (prefix: IpPrefix): boolean => cidrCovers(prefix, mappedSpace);

export const isAddress = ({ family, length }: IpPrefix): boolean => length === (family === 4 ? 32 : 128);

/** One of the two tables; blocks by the text of their prefix. */
export interface BlockTable {
  readonly blocks: ReadonlyMap<string, Block>;
  readonly entriesMax: number;
  /** Adds a block, or takes the place of the one for the same prefix, without a gap. */
  put(block: Block): void;
  remove(block: Block): void;
  /** What the kernel holds for exactly this prefix; null where it holds nothing. */
  read(prefix: IpPrefix): BlockState | null;
}

export interface PrefixTable extends BlockTable {
  /** Makes the table hold exactly these; those that stay are in it all the time. */
  replace(blocks: readonly Block[]): void;
  /** What the kernel holds for the longest prefix around this one; null where there is none. */
  around(prefix: IpPrefix): BlockState | null;
}

const value = structs.tg_block;

export function openAddressTable({ maps, blockFd: fd }: Datapath): BlockTable {
  const { keyBytes, maxEntries } = mapInfo(fd);
  const keyOf = ({ bytes }: IpPrefix): Uint8Array => bytes;
  const found = keysOf(fd, keyBytes, maxEntries).map((key): [IpPrefix, BlockState | null] => {
    const address = formatAddress(key);
    return [parseCidr(`${address}/${address.includes(':') ? 128 : 32}`), readBlock(fd, key)];
  });
  const count = counterIn(maps.config.u32, 'block_entries');
  return tableOf({ fd, keyOf, found, count });
}

export function openPrefixTable({ maps, blockPrefixesFd: fd }: Datapath): PrefixTable {
  const keyOf = (prefix: IpPrefix): Uint8Array => Buffer.from(prefixKey(prefix), 'latin1');
  const found = [...readTrie(fd, value.size)].map(([key, bytes]): [IpPrefix, BlockState | null] => [
    prefixOf(Buffer.from(key, 'latin1')),
    decode(bytes),
  ]);
  const count = counterIn(maps.config.u32, 'block_prefix_entries');
  const table = tableOf({ fd, keyOf, found, count });
  return {
    ...table,
    replace: (blocks) => {
      count(table.blocks.size + blocks.length);
      writeTrie(
        fd,
        blocks.map((block) => ({ prefix: block.prefix, value: encode(block) })),
        'The blocklist',
      );
      table.forget(blocks);
    },
    around: (prefix) => {
      // A look-up finds the longest prefix that is no longer than its key.
      if (isAddress(prefix)) return readBlock(fd, addressKey(prefix.bytes));
      return prefix.length === 0 ? null : readBlock(fd, keyOf({ ...prefix, length: prefix.length - 1 }));
    },
  };
}

/** Writes how many entries there are to one of the settings. */
const counterIn =
  (words: Uint32Array, field: 'block_entries' | 'block_prefix_entries') =>
  (entries: number): void => {
    words[structs.tg_config.fields[field] >> 2] = entries;
  };

interface TableParts {
  readonly fd: number;
  readonly keyOf: (prefix: IpPrefix) => Uint8Array;
  /** What the kernel holds at the start; null where an entry blocks nothing. */
  readonly found: readonly (readonly [IpPrefix, BlockState | null])[];
  /** Tells the program how many entries there are. */
  readonly count: (entries: number) => void;
}

function tableOf({ fd, keyOf, found, count }: TableParts) {
  const blocks = new Map<string, Block>();
  const forget = (instead: readonly Block[]): void => {
    blocks.clear();
    for (const block of instead) blocks.set(block.prefix.text, block);
    count(blocks.size);
  };
  forget(found.flatMap(([prefix, state]) => (state === null ? [] : [{ prefix, ...state }])));
  return {
    blocks,
    entriesMax: mapInfo(fd).maxEntries,
    /** Remembers these as what the kernel holds, in place of what was remembered. */
    forget,
    put: (block: Block): void => {
      count(blocks.size + 1);
      updateElement(fd, keyOf(block.prefix), encode(block));
      blocks.set(block.prefix.text, block);
      count(blocks.size);
    },
    remove: ({ prefix }: Block): void => {
      deleteElement(fd, keyOf(prefix));
      blocks.delete(prefix.text);
      count(blocks.size);
    },
    read: (prefix: IpPrefix): BlockState | null =>
      // A look-up in the trie finds a wider prefix, too, where this one is gone.
      blocks.has(prefix.text) ? readBlock(fd, keyOf(prefix)) : null,
  };
}

function readBlock(fd: number, key: Uint8Array): BlockState | null {
  const bytes = new Uint8Array(value.size);
  return lookupElement(fd, key, bytes) ? decode(bytes) : null;
}

function encode({ expiresNs, verdict }: Block): Uint8Array {
  const view = new DataView(new ArrayBuffer(value.size));
  view.setBigUint64(value.fields.expires_ns, expiresNs, true);
  view.setUint32(value.fields.verdict, verdictCode[verdict], true);
  return new Uint8Array(view.buffer);
}

/** Null for what blocks nothing: the entry that keeps a wide IPv6 prefix from taking in IPv4. */
function decode(bytes: Uint8Array): BlockState | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const expiresNs = view.getBigUint64(value.fields.expires_ns, true);
  if (expiresNs === 0n) return null;
  const isDrop = view.getUint32(value.fields.verdict, true) === verdictCode.drop;
  return { expiresNs, verdict: isDrop ? 'drop' : 'count' };
}

/** From a key of the trie. */
function prefixOf(key: Uint8Array): IpPrefix {
  const { fields } = structs.tg_prefix;
  const bits = new DataView(key.buffer, key.byteOffset).getUint32(fields.bits, true);
  const bytes = key.subarray(fields.address, fields.address + 16);
  const address = formatAddress(bytes);
  return parseCidr(`${address}/${address.includes(':') ? bits : bits - mappedSpace.length}`);
}
