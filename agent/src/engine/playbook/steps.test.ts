import type { CompiledStep, TrafficMatch } from '@tidegate/schemas';
import { describe, expect, it } from 'vitest';
import { bundle } from '../simulation.contract.ts';
import type { Attack } from '../types.ts';
import { Desk, bodies, evidence, flood, kinds, playbook, target, ttlMs } from './desk.contract.ts';
import type { Policy } from './index.ts';

const drop: CompiledStep = { action: 'drop', via: 'auto', ttlMs, mode: 'enforce' };
const synproxy: CompiledStep = { action: 'synproxy', via: 'xdp', ttlMs, mode: 'enforce' };
const withSteps = (...steps: CompiledStep[]): Policy => ({
  ...bundle,
  playbooks: [{ ...playbook!, families: ['*'], steps }],
});

const proxy: TrafficMatch = {
  destination: `${target}/32`,
  protocol: 6,
  destinationPorts: [{ from: 443, to: 443 }],
};
const synFlood: Partial<Attack> = { family: 'syn_flood', match: null, proxy, counter: 'tcpSyn' };
const requests = { ...proxy, tcpFlags: { mask: 23, value: 2 } };

describe('a step with a SYN proxy', () => {
  it('answers a SYN flood that no rule may drop, on its ports, in XDP', () => {
    const desk = new Desk(withSteps(drop, synproxy));
    const commands = desk.attack(synFlood);
    expect(kinds(commands)).toEqual(['incident.opened', 'action.intent', 'install']);
    expect(bodies(commands, 'action.intent')).toMatchObject([
      { action: 'synproxy', step: 1, backend: 'xdp', mode: 'enforce', match: proxy },
    ]);
    expect(desk.install.rule).toEqual({ id: desk.install.rule.id, match: proxy, ttlMs, verdict: 'synproxy' });
    expect(desk.attack(synFlood)).toEqual([]);
  });

  it('comes after a rule that drops, where there is one that spares clients', () => {
    const desk = new Desk(withSteps(drop, synproxy));
    desk.attack({ ...synFlood, match: { ...flood.match!, protocol: 6 } });
    expect(desk.install.rule.verdict).toBe('drop');
    const first = new Desk(withSteps(synproxy, drop));
    first.attack({ ...synFlood, match: { ...flood.match!, protocol: 6 } });
    expect(first.install.rule.verdict).toBe('synproxy');
  });

  it('takes over where the rule would hit too many clients', () => {
    const desk = new Desk(withSteps(drop, synproxy));
    desk.attack({ ...synFlood, match: { ...flood.match!, protocol: 6 }, collateral: 0.2 });
    expect(desk.install.rule.verdict).toBe('synproxy');
  });

  it('that only observes counts the requests and nothing else', () => {
    const desk = new Desk(withSteps({ ...synproxy, mode: 'observe' }));
    desk.attack(synFlood);
    expect(desk.install.rule).toMatchObject({ verdict: 'count', match: requests });
  });

  it('has no answer to anything else, and says so once', () => {
    const desk = new Desk(withSteps(synproxy));
    expect(bodies(desk.attack(), 'action.refused')).toMatchObject([{ rail: 'no-proxy' }]);
    expect(desk.attack()).toEqual([]);
  });

  it('is refused where no step is one: the record says what is missing', () => {
    const desk = new Desk(withSteps(drop));
    expect(bodies(desk.attack(synFlood), 'action.refused')).toMatchObject([{ rail: 'synproxy-needed' }]);
  });

  it('is tried again when XDP refuses it, and the refusal is on record', () => {
    const desk = new Desk(withSteps(drop, synproxy));
    desk.attack(synFlood);
    const { id } = desk.install.rule;
    const reason = 'nothing listens on 203.0.113.10 port 443';
    const failed = desk.tell({ type: 'failed', id, code: 'TG2002', reason });
    expect(bodies(failed, 'action.failed')).toMatchObject([{ code: 'TG2002', reason, mitigation: id }]);
    expect(desk.attack(synFlood)).toEqual([]);
    desk.wait(5000);
    expect(kinds(desk.attack(synFlood))).toEqual(['action.intent', 'install']);
  });

  it('needs XDP: nftables alone is no backend for it', () => {
    const desk = new Desk(withSteps(drop, synproxy));
    Object.assign(desk.context, { backends: ['nftables'] });
    expect(bodies(desk.attack(synFlood), 'action.refused')).toMatchObject([
      { rail: 'backend', reason: expect.stringContaining('XDP') as string },
    ]);
  });
});

describe('a step with a limit', () => {
  const limited = (limit: NonNullable<CompiledStep['limit']>): CompiledStep => ({ ...drop, limit });

  it.each([
    [{ unit: 'packets', perSecond: 5000 } as const, { unit: 'packets', perSecond: 5000 }],
    [{ unit: 'bits', perSecond: 8e6 } as const, { unit: 'bytes', perSecond: 1e6 }],
  ])('lets pass so much, in XDP alone: %o', (limit, expected) => {
    const desk = new Desk(withSteps(limited(limit)));
    desk.attack();
    expect(desk.install).toMatchObject({ backend: 'xdp', rule: { verdict: 'limit', limit: expected } });
    const { id } = desk.install.rule;
    desk.tell({ type: 'failed', id, code: 'TG2003', reason: 'test' });
    expect(desk.attack()).toEqual([]);
  });

  it('only counts in observe mode', () => {
    const desk = new Desk({ ...withSteps(limited({ unit: 'packets', perSecond: 5000 })), mode: 'observe' });
    desk.attack();
    expect(desk.install.rule).toEqual({
      id: desk.install.rule.id,
      match: flood.match,
      ttlMs,
      verdict: 'count',
    });
  });

  it.each([
    ['another limit', [limited({ unit: 'packets', perSecond: 6000 })]],
    ['no limit', [drop]],
    ['another action', [synproxy]],
  ])('is replaced by a policy with %s in its place', (_, steps) => {
    const desk = new Desk(withSteps(limited({ unit: 'packets', perSecond: 5000 })));
    desk.mitigated();
    expect(desk.tell({ type: 'policy', policy: withSteps(...steps) })).toMatchObject([
      { type: 'remove', reason: 'policy' },
    ]);
  });

  it('stays in force under a policy that says the same', () => {
    const policy = withSteps(limited({ unit: 'packets', perSecond: 5000 }));
    const desk = new Desk(policy);
    desk.mitigated();
    expect(desk.tell({ type: 'policy', policy })).toEqual([]);
  });
});

describe('tier A', () => {
  it('opens an incident and is answered by nothing; the refusal is on record once', () => {
    const desk = new Desk(withSteps(drop));
    const commands = desk.attack({}, 'A');
    expect(kinds(commands)).toEqual(['incident.opened', 'action.refused']);
    expect(bodies(commands, 'action.refused')).toMatchObject([{ rail: 'corroboration', match: flood.match }]);
    expect(desk.attack({}, 'A')).toEqual([]);
    expect(kinds(desk.attack({}, 'B'))).toEqual(['action.intent', 'install']);
  });
});

describe('an attack on a prefix', () => {
  const carpet = '203.0.113.0/24';

  it('is answered by a rule for the prefix', () => {
    const desk = new Desk(withSteps(drop));
    const match = { ...flood.match!, destination: carpet };
    expect(kinds(desk.attack({ target: carpet, match }))).toEqual([
      'incident.opened',
      'action.intent',
      'install',
    ]);
  });

  it('is answered by no rule wider than a /24', () => {
    const wide = '203.0.112.0/23';
    const desk = new Desk({ ...withSteps(drop), protect: ['203.0.112.0/22'] });
    const match = { ...flood.match!, destination: wide };
    const commands = desk.attack({ target: wide, match });
    expect(bodies(commands, 'action.refused')).toMatchObject([{ rail: 'breadth' }]);
  });
});

describe('pulses', () => {
  it('give an incident another name, once, that no single vector takes back', () => {
    const desk = new Desk(withSteps(drop));
    desk.attack({ confidence: 0.85 });
    const renamed = desk.tell({ type: 'pulses', target, bursts: 3 });
    expect(bodies(renamed, 'incident.updated')).toMatchObject([{ family: 'pulse_wave', confidence: 0.85 }]);
    expect(desk.tell({ type: 'pulses', target, bursts: 4 })).toEqual([]);
    desk.attack({ confidence: 0.98 });
    expect(desk.state.incidents.get(target)).toMatchObject({ family: 'pulse_wave', confidence: 0.98 });
  });
});

describe('an attack with more than one rule', () => {
  const fragments: TrafficMatch = { destination: `${target}/32`, protocol: 17, fragment: true };
  const limited: CompiledStep = { ...drop, limit: { unit: 'packets', perSecond: 5000 } };
  const rulesOf = (desk: Desk) =>
    desk.said.flatMap((command) => (command.type === 'install' ? [command.rule] : []));

  it('gets them all at once, each with its intent', () => {
    const desk = new Desk(withSteps(drop));
    const commands = desk.attack({ companions: [fragments] });
    expect(kinds(commands)).toEqual([
      ...['incident.opened', 'action.intent', 'install'],
      ...['action.intent', 'install'],
    ]);
    expect(rulesOf(desk).map(({ match }) => match)).toEqual([flood.match, fragments]);
    expect(desk.attack({ companions: [fragments] })).toEqual([]);
  });

  it('has what cannot be told from clients held to a rate, by a step that does so, and never dropped', () => {
    const desk = new Desk(withSteps(drop, limited));
    desk.attack({ limit: fragments });
    expect(rulesOf(desk)).toMatchObject([
      { match: flood.match, verdict: 'drop' },
      { match: fragments, verdict: 'limit' },
    ]);
    const without = new Desk(withSteps(drop));
    without.attack({ limit: fragments });
    expect(rulesOf(without)).toMatchObject([{ match: flood.match }]);
  });

  it('that nothing tells from clients is limited with all that goes with it, and never dropped', () => {
    const desk = new Desk(withSteps(drop, limited));
    desk.attack({ match: null, limit: flood.match!, companions: [fragments] });
    expect(rulesOf(desk)).toMatchObject([
      { match: flood.match, verdict: 'limit' },
      { match: fragments, verdict: 'limit' },
    ]);
    const without = new Desk(withSteps(drop));
    without.attack({ match: null, limit: flood.match!, companions: [fragments] });
    expect(rulesOf(without)).toEqual([]);
  });

  it('is tried in each backend as it would be installed there', () => {
    const desk = new Desk(withSteps({ ...drop, via: 'nftables' }));
    const wide: TrafficMatch = { destination: `${target}/32`, protocol: 17 };
    const forecasts = { nftables: { matches: [wide], collateral: 0.2, samples: 100 } };
    const input = { type: 'attack', attack: flood, evidence, tier: 'B', detected: [], forecasts } as const;
    expect(bodies(desk.tell(input), 'action.refused')).toMatchObject([{ rail: 'collateral', match: wide }]);
  });
});
