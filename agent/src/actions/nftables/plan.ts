/** What nftables is asked for here, and what only the XDP program does. */
import type { PlanRefusal, RuleRequest } from '../backend.ts';
import { planRule } from '../plan.ts';

/** Null: the rule can be installed. What only XDP can do is refused, and never left out of a rule. */
export function planNftables(rule: RuleRequest): PlanRefusal | null {
  const { verdict, match } = rule;
  const asked = [
    ...(verdict === 'limit' || verdict === 'synproxy' ? [verdict] : []),
    ...(['hopLimits', 'fragment', 'payload'] as const).filter((name) => match[name] !== undefined),
  ];
  if (asked.length === 0) return planRule(rule);
  return { code: 'TG2002', reason: `only XDP can do this, not nftables: ${asked.join(', ')}` };
}
