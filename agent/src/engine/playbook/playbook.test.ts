import { describe, expect, it } from 'vitest';
import { bundle } from '../simulation.contract.ts';
import type { Attack } from '../types.ts';
import { Desk, bodies, evidence, flood, kinds, playbook, target, ttlMs } from './desk.contract.ts';
import { step } from './index.ts';

describe('an attack from its beginning to its end', () => {
  it('is put on record, announced, answered, confirmed, lifted and closed, in this order', () => {
    const desk = new Desk();
    expect(kinds(desk.attack())).toEqual(['incident.opened', 'action.intent', 'install']);
    const { rule, backend, remainderPacketsPerSecond } = desk.install;
    expect({ backend, remainderPacketsPerSecond }).toEqual({
      backend: 'xdp',
      remainderPacketsPerSecond: 1200,
    });
    expect(rule).toEqual({ id: rule.id, match: flood.match, ttlMs, verdict: 'drop' });
    const { id } = rule;
    expect(kinds(desk.tell({ type: 'receipt', id, level: 'installed', rule: desk.seen(id) }))).toEqual([
      'action.receipt',
    ]);
    expect(kinds(desk.tell({ type: 'receipt', id, level: 'effective', rule: desk.seen(id) }))).toEqual([
      'action.receipt',
    ]);
    expect(desk.tell({ type: 'receipt', id, level: 'installed', rule: desk.seen(id) })).toEqual([]);
    expect(kinds(desk.tell({ type: 'quiet', target }))).toEqual(['remove']);
    desk.atNs += 4e9;
    const ended = desk.tell({ type: 'removed', id, rule: desk.seen(id), verified: true });
    expect(kinds(ended)).toEqual(['action.removed', 'incident.closed']);
    expect(bodies(ended, 'action.removed')).toMatchObject([
      { reason: 'quiet', packets: '5', verified: true },
    ]);
    expect(bodies(ended, 'incident.closed')).toMatchObject([
      { reason: 'quiet', durationMs: 4000, droppedPackets: '5', droppedBytes: '500' },
    ]);
    expect(desk.state.incidents.size).toBe(0);
  });

  it('is answered once, however often it is seen', () => {
    const desk = new Desk();
    desk.attack();
    expect(desk.attack()).toEqual([]);
    expect(desk.attack({ confidence: 0.97 })).toEqual([]);
  });

  it('is only on record where no playbook is for it, or none is content with so little confidence', () => {
    expect(kinds(new Desk().attack({ family: 'icmp_flood' }))).toEqual(['incident.opened']);
    const desk = new Desk();
    expect(kinds(desk.attack({ confidence: 0.7 }))).toEqual(['incident.opened']);
    expect(kinds(desk.attack({ confidence: 0.9 }))).toEqual(['incident.updated', 'action.intent', 'install']);
  });

  it('is released by the playbook that answered it, however doubtful it was at first', () => {
    const desk = new Desk();
    desk.attack({ confidence: 0.75 });
    expect(kinds(desk.attack({ confidence: 0.82 }))).toEqual(['action.intent', 'install']);
    expect(desk.state.incidents.get(target)).toMatchObject({ releaseAfterMs: playbook!.releaseAfterMs });
  });

  it('gets a further rule for a further vector', () => {
    const desk = new Desk();
    desk.mitigated();
    const match = { destination: `${target}/32`, protocol: 6 };
    const second = desk.attack({ family: 'syn_flood', match, confidence: 0.9 });
    expect(kinds(second)).toEqual(['incident.updated', 'action.intent', 'install']);
    expect(desk.state.incidents.get(target)).toMatchObject({
      family: 'udp_flood',
      vectors: ['udp_flood', 'syn_flood'],
    });
  });

  it('in observe mode is counted and not dropped', () => {
    for (const policy of [
      { ...bundle, mode: 'observe' as const },
      {
        ...bundle,
        playbooks: [{ ...playbook!, steps: [{ ...playbook!.steps[0]!, mode: 'observe' as const }] }],
      },
    ]) {
      const desk = new Desk(policy);
      expect(bodies(desk.attack(), 'action.intent')).toMatchObject([{ mode: 'observe' }]);
      expect(desk.install.rule.verdict).toBe('count');
      const { id } = desk.install.rule;
      desk.tell({ type: 'receipt', id, level: 'installed', rule: desk.seen(id) });
      desk.tell({ type: 'quiet', target });
      const ended = desk.tell({ type: 'removed', id, rule: desk.seen(id), verified: true });
      expect(bodies(ended, 'incident.closed')).toMatchObject([{ droppedPackets: '0', droppedBytes: '0' }]);
    }
  });
});

describe('rails', () => {
  const wide = { destination: '203.0.113.0/24', protocol: 17 };
  it.each<[string, Partial<Attack>]>([
    ['collateral', { collateral: 0.051 }],
    ['no-signature', { match: null }],
    ['synproxy-needed', { family: 'syn_flood', match: null }],
    ['owned-prefixes', { match: { destination: '198.51.100.1/32', protocol: 17 } }],
    ['breadth', { match: wide }],
    ['semantics', { match: { destination: `${target}/32` } }],
    ['semantics', { match: { destination: `${target}/32`, protocol: 17, tcpFlags: { mask: 2, value: 2 } } }],
    ['semantics', { match: { destination: `${target}/32`, protocol: 1, sourcePorts: [{ from: 1, to: 2 }] } }],
    [
      'semantics',
      { match: { destination: `${target}/32`, protocol: 17, packetLengths: [{ from: 60, to: 50 }] } },
    ],
  ])('%s refuses, once', (rail, changes) => {
    const desk = new Desk();
    const commands = desk.attack(changes);
    expect(kinds(commands)).toEqual(['incident.opened', 'action.refused']);
    expect(bodies(commands, 'action.refused')).toMatchObject([
      { rail, match: 'match' in changes ? changes.match : flood.match },
    ]);
    expect(desk.attack(changes)).toEqual([]);
  });

  it('lets a share of exactly 5 % and an unknown one pass', () => {
    expect(kinds(new Desk().attack({ collateral: 0.05 }))).toContain('install');
    expect(kinds(new Desk().attack({ collateral: null }))).toContain('install');
  });

  it('stops at sixteen rules for an incident', () => {
    const desk = new Desk();
    const nth = (length: number) => ({
      match: { ...flood.match!, packetLengths: [{ from: length, to: length }] },
    });
    for (let number = 0; number < 16; number++)
      expect(kinds(desk.attack(nth(100 + number)))).toContain('install');
    expect(bodies(desk.attack(nth(200)), 'action.refused')).toMatchObject([{ rail: 'budget' }]);
  });

  it('stops at 64 incidents, and says so once until there is room', () => {
    const desk = new Desk();
    const nth = (host: number) => ({ target: `203.0.113.${host}`, family: 'icmp_flood' });
    for (let host = 0; host < 64; host++) expect(kinds(desk.attack(nth(host)))).toEqual(['incident.opened']);
    expect(bodies(desk.attack(nth(64)), 'action.refused')).toMatchObject([{ rail: 'budget' }]);
    expect(desk.attack(nth(65))).toEqual([]);
    desk.tell({ type: 'quiet', target: '203.0.113.0' });
    expect(kinds(desk.attack(nth(64)))).toEqual(['incident.opened']);
    expect(kinds(desk.attack(nth(65)))).toEqual(['action.refused']);
  });

  it('refuses where the node has no backend that a step asks for', () => {
    const desk = new Desk({
      ...bundle,
      playbooks: [{ ...playbook!, steps: [{ ...playbook!.steps[0]!, via: 'nftables' }] }],
    });
    const context = { ...desk.context, backends: ['xdp'] as const };
    const { commands } = step(
      desk.state,
      { type: 'attack', atNs: 0, attack: flood, evidence, tier: 'B', detected: [] },
      context,
    );
    expect(bodies(commands, 'action.refused')).toMatchObject([{ rail: 'backend' }]);
  });
});

describe('backends that fail', () => {
  it('gives way to the next backend, and after some time tries again', () => {
    const desk = new Desk();
    const fail = () =>
      desk.tell({ type: 'failed', id: desk.install.rule.id, code: 'TG2003', reason: 'busy' });
    desk.attack();
    expect(kinds(fail())).toEqual(['action.failed']);
    expect(kinds(desk.attack())).toEqual(['action.intent', 'install']);
    expect(desk.install.backend).toBe('nftables');
    fail();
    expect(desk.attack()).toEqual([]);
    desk.wait(5000);
    expect(kinds(desk.attack())).toEqual(['action.intent', 'install']);
    expect(desk.install.backend).toBe('xdp');
  });

  it('keeps a rule that is installed without effect, and tries the next backend beside it', () => {
    const desk = new Desk();
    const id = desk.mitigated();
    expect(kinds(desk.tell({ type: 'failed', id, code: 'TG2013', reason: 'no effect' }))).toEqual([
      'action.failed',
    ]);
    expect(desk.tell({ type: 'failed', id, code: 'TG2013', reason: 'no effect' })).toEqual([]);
    expect(kinds(desk.attack())).toEqual(['action.intent', 'install']);
    expect(desk.install.backend).toBe('nftables');
    expect(kinds(desk.tell({ type: 'quiet', target }))).toEqual(['remove', 'remove']);
  });

  it('gives up on a backend that says nothing, and has removed what may still come', () => {
    const desk = new Desk();
    desk.attack();
    const { id } = desk.install.rule;
    expect(desk.wait(9000)).toEqual([]);
    expect(kinds(desk.wait(1000))).toEqual(['action.failed', 'remove']);
    expect(kinds(desk.wait(1000))).toEqual([]);
    expect(kinds(desk.wait(1000))).toEqual(['remove']);
    const ended = desk.tell({ type: 'removed', id, rule: null, verified: true });
    expect(bodies(ended, 'action.removed')).toMatchObject([{ reason: 'superseded', packets: '0' }]);
  });

  it('writes a rule off by its TTL when nobody answers, and says that nobody looked', () => {
    const desk = new Desk();
    desk.mitigated();
    desk.tell({ type: 'quiet', target });
    const ended = desk.wait(ttlMs + 1100);
    expect(kinds(ended)).toEqual(['action.removed', 'incident.closed']);
    expect(bodies(ended, 'action.removed')).toMatchObject([{ reason: 'quiet', verified: false }]);
  });

  it('answers an attack anew whose rule somebody else removed', () => {
    const desk = new Desk();
    const id = desk.mitigated();
    expect(kinds(desk.wait(1000))).toEqual(['verify']);
    const gone = desk.tell({ type: 'seen', id, rule: null });
    expect(bodies(gone, 'action.failed')).toMatchObject([{ code: 'TG2004' }]);
    expect(bodies(gone, 'action.removed')).toMatchObject([{ reason: 'expired', verified: true }]);
    expect(kinds(desk.attack())).toEqual(['action.intent', 'install']);
  });
});

describe('time', () => {
  it('renews well before half of the TTL, and records what was read back of it', () => {
    const desk = new Desk();
    const id = desk.mitigated();
    desk.wait(1000);
    desk.tell({ type: 'seen', id, rule: desk.seen(id, ttlMs - 1000) });
    const due = desk.wait(ttlMs / 3 - 1000);
    expect(kinds(due)).toEqual(['renew']);
    expect(kinds(desk.tell({ type: 'renewed', id }))).toEqual(['verify']);
    const seen = desk.tell({ type: 'seen', id, rule: desk.seen(id) });
    expect(bodies(seen, 'action.receipt')).toMatchObject([{ level: 'installed', expiresInMs: ttlMs }]);
    expect(desk.tell({ type: 'seen', id, rule: desk.seen(id) })).toEqual([]);
  });

  it('asks again for a renewal that had no answer', () => {
    const desk = new Desk();
    desk.mitigated();
    expect(kinds(desk.wait(ttlMs / 3))).toContain('renew');
    expect(kinds(desk.wait(500))).not.toContain('renew');
    expect(kinds(desk.wait(1500))).toContain('renew');
  });
});

describe('a probe before the end', () => {
  const lifted = (): Desk => {
    const desk = new Desk({ ...bundle, playbooks: [{ ...playbook!, probeMs: 10_000 }] });
    desk.mitigated();
    const { id } = desk.install.rule;
    expect(kinds(desk.tell({ type: 'quiet', target }))).toEqual(['remove']);
    const gone = desk.tell({ type: 'removed', id, rule: desk.seen(id), verified: true });
    expect(kinds(gone)).toEqual(['action.removed']);
    return desk;
  };

  it('lifts the rules and goes on watching before it closes the incident', () => {
    const desk = lifted();
    expect(kinds(desk.tell({ type: 'quiet', target }))).toEqual([]);
    expect(kinds(desk.wait(9000))).toEqual([]);
    expect(kinds(desk.wait(1000))).toEqual(['incident.closed']);
  });

  it('answers what comes back at once, in the same incident', () => {
    const desk = lifted();
    desk.wait(5000);
    expect(kinds(desk.attack())).toEqual(['action.intent', 'install']);
    expect(kinds(desk.wait(6000))).not.toContain('incident.closed');
    expect(desk.state.incidents.get(target)).toMatchObject({ probeUntilNs: null });
  });

  it('needs none where nothing was dropped', () => {
    const desk = new Desk({ ...bundle, playbooks: [{ ...playbook!, probeMs: 10_000 }] });
    desk.attack({ confidence: 0.7 });
    expect(kinds(desk.tell({ type: 'quiet', target }))).toEqual(['incident.closed']);
  });
});
