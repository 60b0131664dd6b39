/**
 * Rules in the XDP program, the first thing a packet meets.
 *
 * Promises
 * - A rule ends by the kernel's own clock (to a timer tick, 1 to 10 ms), also when this process is dead.
 * - What is reported is read from the memory that the kernel itself compares packets with, and only while the program
 *   is attached somewhere. Every rule counts what it matches, whatever another rule does with the packet.
 * - Applying, renewing and removing are memory writes, some microseconds each; no packet meets half a rule.
 *
 * What to know
 * - Ports and TCP flags are those of the first fragment; a later one never matches a rule that names them. A rule that
 *   names ports without a protocol matches TCP and UDP only.
 * - Never dropped: IPv6 neighbour discovery, Packet Too Big, ICMPv4 fragmentation needed, DHCP, safelisted sources.
 *   ARP is not IP and passes.
 * - Several ranges become several kernel rules under one id, at most 8; there are 64 for all.
 */
import { TidegateError } from '@tidegate/schemas';
import type { Datapath } from '../../kernel/xdp/index.ts';
import { rulesMax, verdictCode } from '../../kernel/xdp/index.ts';
import type { InstalledRule, PlanRefusal, RuleBackend, RuleRequest, RuleVerdict } from '../backend.ts';
import { planRule } from '../plan.ts';
import { combinationsOf, encodeRules, kernelId, kernelRulesPerRequestMax, ruleId } from './encode.ts';
import { openRuleTable, type RuleTable } from './table.ts';

export interface XdpRules extends RuleBackend {
  readonly name: 'xdp';
  /** Kernel time of the first packet of the present burst that a rule hit, ns; null where it hit none. */
  burstFirstNs(id: string): number | null;
}

/** Rules over a datapath, which stays the caller's to close. */
export function createXdpRules(datapath: Datapath): XdpRules {
  const table = openRuleTable(datapath);
  const attached = (): boolean => datapath.lostInterfaces().length < datapath.attachments.length;
  const readBack = (id: string): InstalledRule | null => (attached() ? installed(table, kernelId(id)) : null);
  const remove = (id: string): InstalledRule | null => {
    const present = installed(table, kernelId(id));
    for (const index of table.indexesOf(kernelId(id))) table.free(index);
    return present;
  };
  const list = (): InstalledRule[] => {
    sweep(table);
    const ids = new Set(table.used().map((index) => table.idOf(index)));
    return [...ids].map((id) => installed(table, id)).filter((rule) => rule !== null);
  };
  return {
    name: 'xdp',
    plan,
    apply: async (rule) => {
      const refusal = plan(rule);
      if (refusal !== null) throw new TidegateError(refusal.code, refusal.reason);
      apply(table, rule);
    },
    readBack: async (id) => readBack(id),
    list: async () => list(),
    remove: async (id) => remove(id),
    removeAll: async () => {
      const rules = list();
      for (const index of table.used()) table.free(index);
      return rules.length;
    },
    burstFirstNs: (id) => {
      const times = table.indexesOf(kernelId(id)).map((index) => table.hits(index).burstFirstNs);
      const hit = times.filter((ns) => ns !== 0n).map(Number);
      return hit.length === 0 ? null : Math.min(...hit);
    },
    close: () => undefined,
  };
}

type Refusal = PlanRefusal & { readonly code: 'TG2002' };

function plan(rule: RuleRequest): Refusal | null {
  const fault = planRule(rule);
  if (fault !== null) return { code: 'TG2002', reason: fault.reason };
  const needed = combinationsOf(rule.match).length;
  if (needed <= kernelRulesPerRequestMax) return null;
  return {
    code: 'TG2002',
    reason: `its ranges take ${needed} kernel rules, at most ${kernelRulesPerRequestMax} are given to one`,
  };
}

function verdictOf(code: number): RuleVerdict {
  const found = (['count', 'drop', 'limit', 'synproxy'] as const).find((name) => verdictCode[name] === code);
  return found ?? 'count';
}

const nowNs = (): bigint => process.hrtime.bigint();

function apply(table: RuleTable, rule: RuleRequest): void {
  sweep(table);
  const expiresNs = nowNs() + BigInt(Math.round(rule.ttlMs * 1e6));
  const wanted = encodeRules(rule);
  const present = table.indexesOf(kernelId(rule.id));
  if (sameRules(wanted, present.map(table.encoded))) {
    for (const index of present) table.renew(index, expiresNs);
    return;
  }
  if (table.freeCount() < wanted.length) {
    throw new TidegateError(
      'TG2003',
      `${rule.id} takes ${wanted.length} of the ${rulesMax} kernel rules, and ${table.freeCount()} are free.`,
    );
  }
  // The new ones first: the attack finds no gap.
  for (const encoded of wanted) table.insert(encoded, expiresNs);
  for (const index of present) table.free(index);
}

const sameRules = (wanted: readonly Uint8Array[], present: readonly Uint8Array[]): boolean => {
  const texts = (rules: readonly Uint8Array[]): string =>
    rules
      .map((rule) => Buffer.from(rule).toString('hex'))
      .sort()
      .join();
  return wanted.length === present.length && texts(wanted) === texts(present);
};

/** Frees the indexes of expired rules, which match nothing any more. */
function sweep(table: RuleTable): void {
  const now = nowNs();
  for (const index of table.used()) if (table.expiresNs(index) <= now) table.free(index);
}

function installed(table: RuleTable, id: bigint): InstalledRule | null {
  const now = nowNs();
  const indexes = table.indexesOf(id).filter((index) => table.expiresNs(index) > now);
  const [first] = indexes;
  if (first === undefined) return null;
  const expiresNs = indexes.map((index) => table.expiresNs(index)).reduce((a, b) => (a < b ? a : b));
  let [packets, bytes] = [0n, 0n];
  for (const index of indexes) {
    const hits = table.hits(index);
    packets += hits.packets;
    bytes += hits.bytes;
  }
  return {
    id: ruleId(id),
    packets,
    bytes,
    expiresInMs: Number(expiresNs - now) / 1e6,
    verdict: verdictOf(table.verdictOf(first)),
  };
}
