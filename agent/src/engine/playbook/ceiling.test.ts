import { describe, expect, it } from 'vitest';
import { bundle } from '../simulation.contract.ts';
import { Desk, bodies, kinds, target } from './desk.contract.ts';
import { readSnapshot, snapshotOf } from './index.ts';
import type { Command } from './index.ts';

const unclassified = { family: 'unclassified', confidence: 0, match: null };

const above = (desk: Desk, packets: bigint, className: 'packets' | 'udp' = 'packets'): Command[] =>
  desk.tell({
    type: 'ceiling',
    target,
    threshold: 'default',
    exceeded: [{ class: className, perSecond: 10_000, packets }],
  });

describe('a ceiling', () => {
  it('is on record once when it begins, and once with the totals when the incident ends', () => {
    const desk = new Desk();
    expect(kinds(desk.attack(unclassified))).toEqual(['incident.opened']);
    const [began] = bodies(above(desk, 100n), 'action.ceiling');
    expect(began).toMatchObject({ phase: 'began', mode: 'enforce', level: 'effective', packets: '100' });
    desk.atNs += 250e6;
    expect(above(desk, 50n)).toEqual([]);
    expect(above(desk, 7n, 'udp')).toEqual([]);
    desk.atNs += 1e9;
    const ended = desk.tell({ type: 'quiet', target });
    expect(kinds(ended)).toEqual(['action.ceiling', 'incident.closed']);
    expect(bodies(ended, 'action.ceiling')).toEqual([
      {
        ...began,
        phase: 'ended',
        exceeded: [
          { class: 'packets', perSecond: 10_000, packets: '150' },
          { class: 'udp', perSecond: 10_000, packets: '7' },
        ],
        packets: '157',
        durationMs: 250,
      },
    ]);
    expect(bodies(ended, 'incident.closed')).toMatchObject([{ droppedPackets: '157', droppedBytes: '0' }]);
  });

  it('says in observe mode what it would have held back, and that nothing was dropped', () => {
    const desk = new Desk({ ...bundle, mode: 'observe' });
    desk.attack(unclassified);
    expect(bodies(above(desk, 100n), 'action.ceiling')).toMatchObject([
      { mode: 'observe', level: 'installed', packets: '100' },
    ]);
    const ended = desk.tell({ type: 'quiet', target });
    expect(bodies(ended, 'incident.closed')).toMatchObject([{ droppedPackets: '0' }]);
  });

  it('goes beside a rule, and outlives it in the books', () => {
    const desk = new Desk();
    const id = desk.mitigated();
    above(desk, 100n);
    desk.tell({ type: 'quiet', target });
    const ended = desk.tell({ type: 'removed', id, rule: desk.seen(id), verified: true });
    expect(kinds(ended)).toEqual(['action.removed', 'action.ceiling', 'incident.closed']);
    expect(bodies(ended, 'incident.closed')).toMatchObject([{ droppedPackets: '105', droppedBytes: '500' }]);
  });

  it('without an incident is nothing: there was no room for one', () => {
    expect(above(new Desk(), 100n)).toEqual([]);
  });

  it('only counts after stop-all, and holds again once that is lifted', () => {
    const desk = new Desk();
    desk.attack(unclassified);
    above(desk, 100n);
    expect(bodies(desk.tell({ type: 'stop-all', by: 'root' }), 'action.ceiling')).toMatchObject([
      { phase: 'ended', mode: 'enforce', packets: '100' },
    ]);
    expect(bodies(above(desk, 20n), 'action.ceiling')).toMatchObject([{ phase: 'began', mode: 'observe' }]);
    expect(bodies(desk.tell({ type: 'lift', by: 'root' }), 'action.ceiling')).toMatchObject([
      { phase: 'ended', mode: 'observe', packets: '20' },
    ]);
    expect(bodies(above(desk, 3n), 'action.ceiling')).toMatchObject([{ phase: 'began', mode: 'enforce' }]);
    const ended = desk.tell({ type: 'quiet', target });
    expect(bodies(ended, 'incident.closed')).toMatchObject([{ droppedPackets: '103' }]);
  });

  it('begins a new record where another policy changes its mode, and none where it does not', () => {
    const desk = new Desk();
    desk.attack(unclassified);
    above(desk, 100n);
    expect(desk.tell({ type: 'policy', policy: bundle })).toEqual([]);
    const changed = desk.tell({ type: 'policy', policy: { ...bundle, mode: 'observe' } });
    expect(bodies(changed, 'action.ceiling')).toMatchObject([{ phase: 'ended', mode: 'enforce' }]);
  });

  it('is remembered over a restart', () => {
    const desk = new Desk();
    desk.attack(unclassified);
    above(desk, 100n);
    const remembered: unknown = JSON.parse(JSON.stringify(snapshotOf(desk.state)));
    const fresh = new Desk();
    fresh.tell({ type: 'adopt', ...readSnapshot(remembered)!, installed: [] });
    expect(above(fresh, 1n)).toEqual([]);
    const ended = fresh.tell({ type: 'quiet', target });
    expect(bodies(ended, 'action.ceiling')).toMatchObject([{ phase: 'ended', packets: '101' }]);
  });

  it('is unknown to the memory of an earlier version, which had rules that drop and nothing else', () => {
    const desk = new Desk();
    desk.mitigated();
    const { schema, incidents, isStopped } = JSON.parse(JSON.stringify(snapshotOf(desk.state))) as {
      schema: string;
      incidents: { held?: unknown; mitigations: { action?: unknown }[] }[];
      isStopped: boolean;
    };
    for (const incident of incidents) {
      delete incident.held;
      for (const mitigation of incident.mitigations) delete mitigation.action;
    }
    const read = readSnapshot({ schema, incidents, isStopped });
    expect(read?.incidents).toMatchObject([{ held: null, mitigations: [{ action: 'drop' }] }]);
  });
});
