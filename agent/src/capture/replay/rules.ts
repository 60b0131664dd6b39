/** A backend on the virtual rules of a replay; as many as one likes may look at the same ones. */
import { TidegateError } from '@tidegate/schemas';
import { planRule } from '../../actions/plan.ts';
import type { InstalledRule, RuleBackend } from '../../actions/backend.ts';
import type { VirtualRule, VirtualRules } from '../../engine/simulate/rules.ts';

/** @param nowNs Virtual time. */
export function replayBackend(rules: VirtualRules, nowNs: () => number): RuleBackend {
  const read = (rule: VirtualRule | null): InstalledRule | null => {
    if (rule === null) return null;
    const { id, verdict, expiresAtNs } = rule;
    const packets = BigInt(Math.round(rule.packets));
    const bytes = BigInt(Math.round(rule.bytes));
    const answered = verdict === 'synproxy' ? { answered: packets } : {};
    return { id, packets, bytes, verdict, expiresInMs: (expiresAtNs - nowNs()) / 1e6, ...answered };
  };
  const list = (): InstalledRule[] => rules.active(nowNs()).flatMap((rule) => read(rule) ?? []);
  return {
    name: 'replay',
    plan: planRule,
    apply: async (request) => {
      const refusal = planRule(request);
      if (refusal !== null) throw new TidegateError('TG2002', refusal.reason);
      rules.set(request, nowNs());
    },
    readBack: async (id) => read(rules.get(id, nowNs())),
    list: async () => list(),
    remove: async (id) => read(rules.delete(id, nowNs())),
    removeAll: async () => list().filter(({ id }) => rules.delete(id, nowNs())).length,
    close: () => undefined,
  };
}
