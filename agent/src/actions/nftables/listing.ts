/** Reads what the kernel has, from nft's JSON listing of a table (libnftables-json(5)). */
import { ruleChains, tableMark, type Installed } from './statements.ts';

/** A rule in the kernel. */
export interface ListedRule extends Installed {
  readonly verdict: 'drop' | 'count';
  readonly packets: bigint;
  readonly bytes: bigint;
  /** Whole seconds, rounded down, as ms; null when the kernel has ended it. */
  readonly expiresInMs: number | null;
}

/** `foreign`: a table of this name stands there that somebody else made. */
export type TableState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'ours'; readonly rules: readonly ListedRule[] };

interface NftRule {
  readonly chain: string;
  readonly handle: number;
  readonly comment?: string;
  readonly expr: readonly { readonly counter?: { packets: number; bytes: number }; readonly drop?: null }[];
}

interface NftSet {
  readonly name: string;
  readonly elem?: readonly { readonly elem?: { readonly expires?: number } }[];
}

interface NftObject {
  readonly rule?: NftRule;
  readonly set?: NftSet;
}

const ruleComment = /^mit-[0-9a-f]{16}$/;
const gate = /^m_([0-9a-f]{16})$/;

/** Counters come as JSON numbers: exact up to 2^53. */
export function readListing(text: string): TableState {
  const { nftables } = JSON.parse(text) as { nftables: readonly NftObject[] };
  const allRules = nftables.flatMap(({ rule }) => (rule === undefined ? [] : [rule]));
  if (!allRules.some(({ comment }) => comment === tableMark)) return { kind: 'foreign' };
  const found = new Map<
    string,
    { rule: NftRule | null; gate: NftSet | null; handles: Installed['handles'][number][] }
  >();
  const entry = (id: string) => {
    const known = found.get(id) ?? { rule: null, gate: null, handles: [] };
    found.set(id, known);
    return known;
  };
  for (const rule of allRules) {
    if (!ruleChains.includes(rule.chain) || rule.comment === undefined || !ruleComment.test(rule.comment))
      continue;
    const known = entry(rule.comment);
    known.rule = rule;
    known.handles.push({ chain: rule.chain, handle: rule.handle });
  }
  for (const { set } of nftables) {
    const digits = set === undefined ? undefined : gate.exec(set.name)?.[1];
    if (set !== undefined && digits !== undefined) entry(`mit-${digits}`).gate = set;
  }
  return { kind: 'ours', rules: [...found].map(([id, parts]) => listedRule(id, parts)) };
}

function listedRule(
  id: string,
  parts: { rule: NftRule | null; gate: NftSet | null; handles: Installed['handles'] },
): ListedRule {
  const expressions = parts.rule?.expr ?? [];
  const counter = expressions.find((expression) => expression.counter !== undefined)?.counter;
  const expires = parts.gate?.elem?.[0]?.elem?.expires;
  return {
    id,
    handles: parts.handles,
    hasGate: parts.gate !== null,
    verdict: expressions.some((expression) => 'drop' in expression) ? 'drop' : 'count',
    packets: BigInt(counter?.packets ?? 0),
    bytes: BigInt(counter?.bytes ?? 0),
    expiresInMs: parts.rule === null || expires === undefined ? null : expires * 1000,
  };
}
