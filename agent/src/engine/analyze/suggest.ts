/** Rules against an attack, for the server and for its upstream, each with what it would have done in this capture. */
import type { Analysis, TrafficMatch } from '@tidegate/schemas';
import { flowspecMatch, gobgpCommand } from '@tidegate/schemas/flowspec';
import { predict } from '../classifier/collateral/index.ts';
import { ipProtocol } from '../packet/index.ts';
import { nftablesDrop, nftablesLimit, nftablesSynproxy } from '../rule-text/index.ts';
import type { Attack } from '../types.ts';
import { anyOf, shareOf, weightOf } from './looked.ts';
import { matchesOf, rounded } from './members.ts';
import type { Verdict } from './verdict.ts';

export type SuggestedRule = Analysis['rules'][number];

export interface Suggestion {
  readonly rules: readonly SuggestedRule[];
  /** Why a rule is missing or hits more than it should, one sentence each. */
  readonly notes: readonly string[];
}

/** A rule may hit this much of traffic from before (DESIGN.md, rail 6: refuse above the limit). */
const collateralMax = 0.05;
/** What a limit lets through where nobody knows what is usual, packets/s. */
const limitMin = 1000;

const backends = ['nftables', 'flowspec'] as const;
type Backend = (typeof backends)[number];

export function suggest(attack: Attack, verdict: Verdict): Suggestion {
  const matches = matchesOf(attack);
  if (matches.length > 0) return join(backends.map((backend) => drop(attack, verdict, matches, backend)));
  if (attack.family === 'syn_flood') return synproxy(attack, verdict);
  if (attack.limit !== undefined) {
    const { limit } = attack;
    return join(backends.map((backend) => limited(attack, verdict, limit, backend)));
  }
  return {
    rules: [],
    notes: [`${attack.family}: nothing tells it from legitimate traffic, so no rule is suggested`],
  };
}

const join = (parts: readonly Suggestion[]): Suggestion => ({
  rules: parts.flatMap(({ rules }) => rules),
  notes: parts.flatMap(({ notes }) => notes),
});

function drop(
  attack: Attack,
  verdict: Verdict,
  matches: readonly TrafficMatch[],
  backend: Backend,
): Suggestion {
  const quiet = verdict.candidate.quiet.map(({ sample }) => sample);
  const prediction = predict(matches, quiet).byBackend[backend];
  const { lost, refused, collateral } = prediction;
  if (refused !== undefined)
    return { rules: [], notes: [`${attack.family}, ${backend}: no rule, ${refused}`] };
  if (collateral !== null && collateral > collateralMax) {
    const why = lost.length === 0 ? '' : ` without ${lost.join(' and ')}, which it cannot say`;
    const hit = `it would hit ${percent(collateral)} of the traffic from before`;
    return { rules: [], notes: [`${attack.family}, ${backend}: no rule,${why} ${hit}`] };
  }
  const write = (match: TrafficMatch): string =>
    backend === 'nftables'
      ? nftablesDrop(match)
      : gobgpCommand({ match: flowspecMatch(match), actions: [{ type: 'discard' }] });
  const rules = prediction.matches.map((match) =>
    ruleOf(attack, verdict, match, { backend, action: 'drop', lost }, write(match)),
  );
  const note = `${attack.family}, ${backend}: the rule hits more than it should, for it cannot say ${lost.join(' or ')}`;
  return { rules, notes: lost.length === 0 ? [] : [note] };
}

function limited(attack: Attack, verdict: Verdict, match: TrafficMatch, backend: Backend): Suggestion {
  const { matches, lost, refused } = predict([match], []).byBackend[backend];
  const [translated] = matches;
  if (refused !== undefined || translated === undefined) {
    return {
      rules: [],
      notes: [`${attack.family}, ${backend}: no limit, ${refused ?? 'nothing is left of it'}`],
    };
  }
  const test = anyOf([translated]);
  const usual = (verdict.usual?.packetsPerSecond ?? 0) * shareOf(verdict.candidate.quiet, test);
  const packetsPerSecond = Math.ceil(Math.max(limitMin, 2 * usual));
  const hit = verdict.candidate.during.filter(test);
  const bytes =
    hit.reduce((sum, { sample, weight }) => sum + weight * sample.length, 0) / Math.max(1, weightOf(hit));
  const text =
    backend === 'nftables'
      ? nftablesLimit(translated, packetsPerSecond)
      : gobgpCommand({
          match: flowspecMatch(translated),
          actions: [{ type: 'limit', bytesPerSecond: Math.ceil(packetsPerSecond * bytes) }],
        });
  return {
    rules: [ruleOf(attack, verdict, translated, { backend, action: 'limit', lost }, text)],
    notes: [],
  };
}

/** Where the flood is for every port the kernel can still answer for all of them; the agent only does for a few. */
function synproxy(attack: Attack, verdict: Verdict): Suggestion {
  const { target, isPrefix } = verdict.candidate;
  const destination = isPrefix ? target : `${target}/${target.includes(':') ? 128 : 32}`;
  const match = attack.proxy ?? { destination, protocol: ipProtocol.tcp };
  const of = { backend: 'nftables', action: 'synproxy', lost: [] } as const;
  return {
    rules: [ruleOf(attack, verdict, match, of, nftablesSynproxy(match))],
    notes: [
      `${attack.family}: a rule that drops would finish what the attack began; the kernel can answer with SYN cookies (nftables synproxy), and the upstream cannot`,
    ],
  };
}

function ruleOf(
  { family }: Attack,
  { candidate }: Verdict,
  match: TrafficMatch,
  of: Pick<SuggestedRule, 'backend' | 'action'> & { readonly lost: readonly string[] },
  text: string,
): SuggestedRule {
  const test = anyOf([match]);
  // A proxy or a limit lets legitimate packets through; only what is dropped is collateral.
  const prediction = predict(
    [match],
    candidate.quiet.map(({ sample }) => sample),
  ).byBackend[of.backend];
  const isDrop = of.action === 'drop';
  return {
    family,
    backend: of.backend,
    action: of.action,
    match,
    text,
    lost: [...of.lost],
    coverage: rounded(shareOf(candidate.during, test)),
    collateral: isDrop ? prediction.collateral : null,
    collateralAtMost: isDrop && prediction.collateral !== null ? prediction.upper : null,
    samples: isDrop ? prediction.samples : 0,
  };
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
