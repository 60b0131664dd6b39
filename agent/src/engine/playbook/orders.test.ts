import { describe, expect, it } from 'vitest';
import { bundle } from '../simulation.contract.ts';
import { Desk, bodies, kinds, playbook, target } from './desk.contract.ts';
import { readSnapshot, snapshotOf } from './index.ts';
import type { Command } from './index.ts';

describe('people and policies', () => {
  it('release lifts the rules, and the incident gets no more', () => {
    const desk = new Desk();
    const id = desk.mitigated();
    const incident = desk.state.incidents.get(target)!.id;
    expect(kinds(desk.tell({ type: 'release', incident, by: 'root' }))).toEqual([
      'operator.command',
      'remove',
    ]);
    desk.tell({ type: 'removed', id, rule: desk.seen(id), verified: true });
    expect(desk.attack()).toEqual([]);
    expect(bodies(desk.tell({ type: 'quiet', target }), 'incident.closed')).toMatchObject([
      { reason: 'released' },
    ]);
    expect(kinds(desk.attack())).toContain('install');
  });

  it('release of another incident leaves this one alone', () => {
    const desk = new Desk();
    desk.mitigated();
    expect(kinds(desk.tell({ type: 'release', incident: 'inc-0000000000000001', by: 'root' }))).toEqual([
      'operator.command',
    ]);
  });

  it('stop-all removes everything and refuses until it is lifted', () => {
    const desk = new Desk();
    const id = desk.mitigated();
    expect(kinds(desk.tell({ type: 'stop-all', by: 'root' }))).toEqual(['operator.command', 'remove']);
    const gone = desk.tell({ type: 'removed', id, rule: null, verified: true });
    expect(bodies(gone, 'action.removed')).toMatchObject([{ reason: 'stopped' }]);
    expect(bodies(desk.attack(), 'action.refused')).toMatchObject([{ rail: 'stopped' }]);
    desk.tell({ type: 'policy', policy: bundle });
    expect(kinds(desk.attack())).toEqual(['action.refused']);
    desk.tell({ type: 'lift', by: 'root' });
    expect(kinds(desk.attack())).toEqual(['action.intent', 'install']);
  });

  it('a policy that no longer protects the target ends its incident', () => {
    for (const policy of [null, { ...bundle, protect: ['192.0.2.0/24'] }]) {
      const desk = new Desk();
      const id = desk.mitigated();
      expect(kinds(desk.tell({ type: 'policy', policy }))).toEqual(['remove']);
      expect(desk.tell({ type: 'quiet', target })).toEqual([]);
      const ended = desk.tell({ type: 'removed', id, rule: null, verified: true });
      expect(bodies(ended, 'incident.closed')).toMatchObject([{ reason: 'policy' }]);
    }
  });

  it('a policy that enforces what was observed replaces the rule', () => {
    const desk = new Desk({ ...bundle, mode: 'observe' });
    const id = desk.mitigated();
    expect(kinds(desk.tell({ type: 'policy', policy: bundle }))).toEqual(['remove']);
    expect(desk.attack()).toEqual([]);
    desk.tell({ type: 'removed', id, rule: null, verified: true });
    expect(kinds(desk.attack())).toEqual(['action.intent', 'install']);
    expect(desk.install.rule.verdict).toBe('drop');
  });

  it('a policy whose playbook is for other families lifts the rule', () => {
    const desk = new Desk();
    desk.mitigated();
    const commands = desk.tell({
      type: 'policy',
      policy: { ...bundle, playbooks: [{ ...playbook!, families: ['syn_flood'] }] },
    });
    expect(commands).toMatchObject([{ type: 'remove', reason: 'policy' }]);
  });
});

describe('a new start', () => {
  const restart = (desk: Desk, installed: string[]): { fresh: Desk; commands: Command[] } => {
    const remembered: unknown = JSON.parse(JSON.stringify(snapshotOf(desk.state)));
    const fresh = new Desk();
    const rules = installed.map((id) => ({ backend: 'xdp' as const, rule: fresh.seen(id) }));
    return { fresh, commands: fresh.tell({ type: 'adopt', ...readSnapshot(remembered)!, installed: rules }) };
  };

  it('goes on with what is remembered and installed', () => {
    const desk = new Desk();
    const id = desk.mitigated();
    const { fresh, commands } = restart(desk, [id]);
    expect(commands).toMatchObject([{ type: 'watch', id, target, counter: 'udpPackets' }]);
    expect(fresh.attack()).toEqual([]);
    fresh.tell({ type: 'quiet', target });
    expect(kinds(fresh.tell({ type: 'removed', id, rule: null, verified: true }))).toEqual([
      'action.removed',
      'incident.closed',
    ]);
  });

  it('looks for no effect that was seen before', () => {
    const desk = new Desk();
    const id = desk.mitigated();
    desk.tell({ type: 'receipt', id, level: 'effective', rule: desk.seen(id) });
    expect(restart(desk, [id]).commands).toEqual([]);
  });

  it('puts on record what was installed without a receipt, and what was announced and never installed', () => {
    const desk = new Desk();
    desk.attack();
    const { id } = desk.install.rule;
    expect(bodies(restart(desk, [id]).commands, 'action.receipt')).toMatchObject([
      { level: 'installed', mitigation: id },
    ]);
    const { fresh, commands } = restart(desk, []);
    expect(bodies(commands, 'action.failed')).toMatchObject([{ code: 'TG2004', mitigation: id }]);
    expect(kinds(fresh.attack())).toEqual(['action.intent', 'install']);
  });

  it('writes off what expired meanwhile, and removes what nobody remembers', () => {
    const desk = new Desk();
    desk.mitigated();
    const stranger = 'mit-00000000000000ff';
    const { fresh, commands } = restart(desk, [stranger]);
    expect(bodies(commands, 'action.removed')).toMatchObject([{ reason: 'expired', verified: true }]);
    expect(commands).toContainEqual({ type: 'remove', backend: 'xdp', id: stranger, reason: 'orphan' });
    const gone = fresh.tell({ type: 'removed', id: stranger, rule: fresh.seen(stranger), verified: true });
    expect(bodies(gone, 'action.removed')).toMatchObject([
      { reason: 'orphan', mitigation: stranger, packets: '5' },
    ]);
  });

  it('stays stopped, and goes on removing what was on its way out', () => {
    const desk = new Desk();
    const id = desk.mitigated();
    desk.tell({ type: 'stop-all', by: 'root' });
    const { fresh, commands } = restart(desk, [id]);
    expect(kinds(commands)).toEqual(['remove']);
    expect(fresh.state.isStopped).toBe(true);
  });

  it('takes anything but its own memory for none', () => {
    for (const value of [undefined, null, 7, 'text', {}, { schema: 'tidegate/engine-state/v0' }])
      expect(readSnapshot(value)).toBeNull();
  });
});
