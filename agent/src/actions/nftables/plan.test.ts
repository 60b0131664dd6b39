import { describe, expect, it } from 'vitest';
import type { RuleRequest } from '../backend.ts';
import { planNftables } from './plan.ts';

const rule: RuleRequest = {
  id: 'mit-0123456789abcdef',
  match: { destination: '203.0.113.9/32', protocol: 17 },
  ttlMs: 1000,
  verdict: 'drop',
};

describe('planNftables', () => {
  it('takes what both backends can do', () => {
    expect(planNftables(rule)).toBeNull();
    expect(planNftables({ ...rule, verdict: 'count' })).toBeNull();
  });

  it('refuses what only XDP does, and says so', () => {
    const { match } = rule;
    const asked: [string, RuleRequest][] = [
      ['limit', { ...rule, verdict: 'limit', limit: { perSecond: 100, unit: 'packets' } }],
      ['synproxy', { ...rule, verdict: 'synproxy' }],
      ['hopLimits', { ...rule, match: { ...match, hopLimits: { from: 1, to: 5 } } }],
      ['fragment', { ...rule, match: { ...match, fragment: true } }],
      ['payload', { ...rule, match: { ...match, payload: { offset: 0, bytes: 'ffff' } } }],
    ];
    for (const [name, request] of asked)
      expect(planNftables(request)).toEqual({
        code: 'TG2002',
        reason: `only XDP can do this, not nftables: ${name}`,
      });
  });

  it('refuses what no packet can be', () => {
    const reversed = { ...rule.match, sourcePorts: [{ from: 2, to: 1 }] };
    expect(planNftables({ ...rule, match: reversed })?.reason).toContain('2 is above 1');
  });
});
