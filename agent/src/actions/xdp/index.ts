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
 * - `synproxy` answers for listening sockets of this machine only, and sets net.ipv4.tcp_syncookies to 2 while such a
 *   rule is in force (synproxy.ts, syncookies.ts).
 */
import { TidegateError } from '@tidegate/schemas';
import type { Datapath } from '../../kernel/xdp/index.ts';
import { rulesMax, verdictCode } from '../../kernel/xdp/index.ts';
import type { InstalledRule, PlanRefusal, RuleBackend, RuleRequest, RuleVerdict } from '../backend.ts';
import { planRule } from '../plan.ts';
import { combinationsOf, encodeRules, kernelId, kernelRulesPerRequestMax, ruleId } from './encode.ts';
import { synproxyFault, type SynproxyHost } from './synproxy.ts';
import { openRuleTable, type RuleTable } from './table.ts';

export interface XdpRules extends RuleBackend {
  readonly name: 'xdp';
  /** Kernel time of the first packet of the present burst that a rule hit, ns; null where it hit none. */
  burstFirstNs(id: string): number | null;
}

/**
 * Rules over a datapath, which stays the caller's to close.
 *
 * @param host What synproxy stands on; without it rules with that verdict are refused.
 */
export function createXdpRules(datapath: Datapath, host?: SynproxyHost): XdpRules {
  const table = openRuleTable(datapath);
  const native = datapath.attachments.filter(({ mode }) => mode === 'native');
  const nativeInterfaces = native.map(({ interfaceName }) => interfaceName);
  const answerFault = (rule: RuleRequest): string | null => {
    // What is in force is renewed whatever the server does meanwhile: the kernel asks it for every SYN.
    if (rule.verdict !== 'synproxy' || isInForce(table, rule)) return null;
    return synproxyFault(rule, host, nativeInterfaces);
  };
  const plan = (rule: RuleRequest): Refusal | null => {
    const reason = planRule(rule)?.reason ?? sizeFault(rule) ?? answerFault(rule);
    return reason === null ? null : { code: 'TG2002', reason };
  };
  const settle = (): void => {
    if (!answersSyns(table)) host?.syncookies.restore();
  };
  settle();
  const attached = (): boolean => datapath.lostInterfaces().length < datapath.attachments.length;
  const readBack = (id: string): InstalledRule | null => (attached() ? installed(table, kernelId(id)) : null);
  const remove = (id: string): InstalledRule | null => {
    const present = installed(table, kernelId(id));
    for (const index of table.indexesOf(kernelId(id))) table.free(index);
    settle();
    return present;
  };
  const list = (): InstalledRule[] => {
    sweep(table);
    settle();
    const ids = new Set(table.used().map((index) => table.idOf(index)));
    return [...ids].map((id) => installed(table, id)).filter((rule) => rule !== null);
  };
  return {
    name: 'xdp',
    plan,
    apply: async (rule) => {
      const refusal = plan(rule);
      if (refusal !== null) throw new TidegateError(refusal.code, refusal.reason);
      if (rule.verdict === 'synproxy') host?.syncookies.require();
      apply(table, rule);
      settle();
    },
    readBack: async (id) => readBack(id),
    list: async () => list(),
    remove: async (id) => remove(id),
    removeAll: async () => {
      const rules = list();
      for (const index of table.used()) table.free(index);
      settle();
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

function sizeFault({ match }: RuleRequest): string | null {
  const needed = combinationsOf(match).length;
  if (needed <= kernelRulesPerRequestMax) return null;
  return `its ranges take ${needed} kernel rules, at most ${kernelRulesPerRequestMax} are given to one`;
}

function isInForce(table: RuleTable, rule: RuleRequest): boolean {
  const present = table.indexesOf(kernelId(rule.id));
  const now = nowNs();
  return (
    present.every((index) => table.expiresNs(index) > now) &&
    sameRules(encodeRules(rule), present.map(table.encoded))
  );
}

function answersSyns(table: RuleTable): boolean {
  const now = nowNs();
  return table
    .used()
    .some((index) => table.verdictOf(index) === verdictCode.synproxy && table.expiresNs(index) > now);
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
  let [packets, bytes, answered] = [0n, 0n, 0n];
  for (const index of indexes) {
    const hits = table.hits(index);
    packets += hits.packets;
    bytes += hits.bytes;
    answered += hits.cookies;
  }
  const verdict = verdictOf(table.verdictOf(first));
  const rule = { id: ruleId(id), packets, bytes, expiresInMs: Number(expiresNs - now) / 1e6, verdict };
  return verdict === 'synproxy' ? { ...rule, answered } : rule;
}
