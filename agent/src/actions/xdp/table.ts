/**
 * The kernel's table of 64 rules, as shared memory.
 *
 * A rule and its bits in the index are written while no mask names it, then its bit in the mask is set; removing
 * clears that bit first. So the kernel never compares a packet with half a rule. An index that was freed is used again
 * last, long after any packet that was under way.
 */
import { lookupElement } from '../../kernel/bpf-map.ts';
import { rulesMax, structs, type Datapath } from '../../kernel/xdp/index.ts';
import { indexRule } from './rule-index.ts';

const rule = structs.tg_rule;
const hit = structs.tg_rule_hits;
const hitWords = hit.size / 8;
const slotWords = structs.tg_slot.size / 8;

export interface Hits {
  readonly packets: bigint;
  readonly bytes: bigint;
  /** Kernel time of the first hit after a second without any, ns; 0 without hits. */
  readonly burstFirstNs: bigint;
  /** SYNs that were answered with a cookie. */
  readonly cookies: bigint;
}

export interface RuleTable {
  /** Indexes whose rule has this id, expired or not. */
  indexesOf(id: bigint): number[];
  /** Indexes in use, expired or not. */
  used(): number[];
  idOf(index: number): bigint;
  verdictOf(index: number): number;
  expiresNs(index: number): bigint;
  renew(index: number, expiresNs: bigint): void;
  hits(index: number): Hits;
  /** The rule without expiry and place, to compare with. */
  readonly encoded: (index: number) => Uint8Array;
  /** Puts a rule into force; null where the table is full. */
  insert(encoded: Uint8Array, expiresNs: bigint): number | null;
  free(index: number): void;
  freeCount(): number;
}

export function openRuleTable(datapath: Datapath): RuleTable {
  const { rules, hits, slots, config } = datapath.maps;
  const wideMask = structs.tg_config.fields.wide_mask / 8;
  const freedAt = new Float64Array(rulesMax);
  let frees = 0;
  const word = (index: number, field: number): number => (index * rule.size + field) / 8;
  const idOf = (index: number): bigint => rules.u64[word(index, rule.fields.id)]!;
  /** The mask that names a rule: its target's own, or the wide one. */
  const maskOf = (index: number): [BigUint64Array, number] => {
    const slot = rules.u32[(index * rule.size + rule.fields.slot) / 4]!;
    return slot === 0
      ? [config.u64, wideMask]
      : [slots.u64, slot * slotWords + structs.tg_slot.fields.rule_mask / 8];
  };
  const bytesOf = (index: number): Uint8Array =>
    rules.bytes.subarray(index * rule.size, (index + 1) * rule.size);
  const indexes = Array.from({ length: rulesMax }, (_, index) => index);
  const used = (): number[] => indexes.filter((index) => idOf(index) !== 0n);
  const free = (index: number): void => {
    const [words, at] = maskOf(index);
    Atomics.and(words, at, ~(1n << BigInt(index)));
    bytesOf(index).fill(0);
    freedAt[index] = ++frees;
  };
  const insert = (encoded: Uint8Array, expiresNs: bigint): number | null => {
    const vacant = indexes.filter((index) => idOf(index) === 0n).sort((a, b) => freedAt[a]! - freedAt[b]!);
    const index = vacant[0];
    if (index === undefined) return null;
    for (let cpu = 0; cpu < datapath.cpus; cpu++) {
      const at = (cpu * 2 * rulesMax + index) * hitWords;
      hits.u64.fill(0n, at, at + hitWords);
    }
    bytesOf(index).set(encoded);
    rules.u64[word(index, rule.fields.expires_ns)] = expiresNs;
    rules.u32[(index * rule.size + rule.fields.slot) / 4] = slotFor(datapath, encoded);
    indexRule(datapath.maps.index, encoded, index, 'rules');
    const [words, at] = maskOf(index);
    Atomics.or(words, at, 1n << BigInt(index));
    return index;
  };

  // A process that died between writing a rule and setting its bit leaves a rule that is in force nowhere.
  for (const index of used()) {
    const [words, at] = maskOf(index);
    if ((words[at]! & (1n << BigInt(index))) === 0n) free(index);
  }
  return {
    used,
    idOf,
    free,
    insert,
    indexesOf: (id) => indexes.filter((index) => idOf(index) === id),
    verdictOf: (index) => bytesOf(index)[rule.fields.verdict]!,
    expiresNs: (index) => rules.u64[word(index, rule.fields.expires_ns)]!,
    renew: (index, expiresNs) =>
      void Atomics.store(rules.u64, word(index, rule.fields.expires_ns), expiresNs),
    hits: (index) => sumHits(datapath, index),
    encoded: (index) => {
      const bytes = bytesOf(index).slice();
      bytes.fill(0, rule.fields.expires_ns, rule.fields.expires_ns + 8);
      bytes.fill(0, rule.fields.slot, rule.fields.slot + 4);
      bytes.fill(0, rule.fields.limit_ns, rule.fields.limit_ns + 8);
      return bytes;
    },
    freeCount: () => rulesMax - used().length,
  };
}

function sumHits({ maps, cpus }: Datapath, index: number): Hits {
  let [packets, bytes, burstFirstNs, cookies] = [0n, 0n, 0n, 0n];
  for (let cpu = 0; cpu < cpus; cpu++) {
    const at = (cpu * 2 * rulesMax + index) * hitWords;
    packets += maps.hits.u64[at + hit.fields.packets / 8]!;
    bytes += maps.hits.u64[at + hit.fields.bytes / 8]!;
    cookies += maps.hits.u64[at + hit.fields.cookies / 8]!;
    const first = maps.hits.u64[at + hit.fields.burst_first_ns / 8]!;
    if (first !== 0n && (burstFirstNs === 0n || first < burstFirstNs)) burstFirstNs = first;
  }
  return { packets, bytes, burstFirstNs, cookies };
}

const hostMask = new Uint8Array(16).fill(0xff);

/** Slot of a rule's single destination; 0 for a wider one, and for an address that has sent for nothing yet. */
function slotFor(datapath: Datapath, encoded: Uint8Array): number {
  const mask = encoded.subarray(rule.fields.destination_mask, rule.fields.destination_mask + 16);
  if (!mask.every((byte, index) => byte === hostMask[index])) return 0;
  const address = encoded.slice(rule.fields.destination, rule.fields.destination + 16);
  const slot = new Uint8Array(4);
  return lookupElement(datapath.targetsFd, address, slot) ? new DataView(slot.buffer).getUint32(0, true) : 0;
}
