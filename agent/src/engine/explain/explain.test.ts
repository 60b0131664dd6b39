import { check } from '@tidegate/schemas';
import type { AuditEvent } from '@tidegate/schemas';
import { describe, expect, it } from 'vitest';
import { SeededRandom, dnsAmplification, generate, webSessions } from '../generator/index.ts';
import { Simulation, bundle } from '../simulation.contract.ts';
import { explain } from './explain.ts';
import { Journal, incidentsMax } from './journal.ts';
import { explanationText } from './text.ts';

const target = '203.0.113.10';
const openedAtMs = Date.UTC(2026, 0, 31, 3, 4, 5);

/** What the engine puts on record in half a second of an attack. */
function attacked(policy = bundle): AuditEvent[] {
  const random = new SeededRandom('explained');
  const sources = [
    webSessions({ target, random, sessionsPerSecond: 40 }),
    dnsAmplification({
      ...{ target, random, packetsPerSecond: 40_000, startNs: 15e8, endNs: 2e9 },
      ...{ reflectors: 500, messageBytes: { from: 1100, to: 1300 }, port: null },
    }),
  ];
  const simulation = new Simulation('explained', policy);
  for (const { reading } of generate({ seed: 'explained', sources, durationMs: 2000 }))
    simulation.tick(reading);
  return simulation.audit;
}

function journalOf(events: readonly AuditEvent[]): Journal {
  const journal = new Journal();
  for (const [index, event] of events.entries()) journal.add(event, openedAtMs + index);
  return journal;
}

describe('explain', () => {
  const events = attacked();
  const explanation = explain(journalOf(events).find(null)!)!;

  it('fits its shape', () => {
    const checked = check('control-response', explanation);
    expect(checked.ok ? [] : checked.problems).toEqual([]);
  });

  it('says value, limit and what is known of usual traffic', () => {
    expect(explanation.measured[0]).toMatch(
      /^203\.0\.113\.10 receives [\d.]+ [kM]?(pps|bps) over \d+ ms: .*threshold "default"/,
    );
    expect(explanation.measured.at(-1)).toMatch(/^tier B: /);
  });

  it('says why this family and why this action, in the words of the audit records', () => {
    const opened = events.find(({ kind }) => kind === 'incident.opened');
    if (opened?.kind !== 'incident.opened') throw new Error('nothing was opened');
    expect(explanation.named).toEqual(expect.arrayContaining([...opened.body.reasons]));
    expect(explanation.measured).toEqual(opened.body.detected);
    const [intent] = explanation.answered.filter(({ text }) => text.startsWith('mit-'));
    expect(intent?.text).toMatch(
      /drop in xdp for 60 s: UDP to 203\.0\.113\.10\/32, from port 53, .* bytes.*; step 1 of playbook "floods"/,
    );
  });

  it('is text that leads with the verdict', () => {
    const text = explanationText(explanation);
    expect(text.split('\n')[0]).toMatch(
      /^inc-[0-9a-f]{16} {2}dns_amplification on 203\.0\.113\.10 \(confidence \d+ %\)/,
    );
    expect(text).toContain('Why it is an incident');
    expect(text).toContain('What was done, and why');
  });

  it('says that no playbook was for it', () => {
    const without = attacked({ ...bundle, playbooks: [] });
    const text = explanationText(explain(journalOf(without).find(null)!)!);
    expect(text).toContain('nothing: no playbook of the policy is for it');
  });
});

const opening = (number: number): AuditEvent => {
  const opened = attackedOnce.find(({ kind }) => kind === 'incident.opened')!;
  const incident = `inc-${number.toString(16).padStart(16, '0')}`;
  return { ...opened, body: { ...opened.body, incident } } as AuditEvent;
};
const attackedOnce = attacked();

describe('the journal', () => {
  it('forgets the oldest incident when it is full', () => {
    const journal = new Journal();
    for (let number = 0; number <= incidentsMax; number++) journal.add(opening(number), openedAtMs);
    expect(journal.incidents).toHaveLength(incidentsMax);
    expect(journal.find('inc-0000000000000000')).toBeNull();
    expect(journal.find('inc-0000000000000001')).not.toBeNull();
  });

  it('keeps the first and the last records of a long incident', () => {
    const journal = new Journal();
    journal.add(opening(1), openedAtMs);
    const update = (confidence: number): AuditEvent => ({
      kind: 'incident.updated',
      body: { ...{ incident: 'inc-0000000000000001', target, family: 'syn_flood' }, confidence, reasons: [] },
    });
    for (let index = 0; index < 1000; index++) journal.add(update(index / 1000), openedAtMs + index);
    const { records, left } = journal.find('inc-0000000000000001')!;
    expect(records.length + left).toBe(1001);
    expect(records.length).toBeLessThanOrEqual(48);
    expect(records.at(-1)?.event.body).toMatchObject({ confidence: 0.999 });
  });

  it('comes back from what it kept, and from nothing where that is damaged', () => {
    const journal = journalOf(attackedOnce);
    const copy = new Journal();
    copy.restore(JSON.parse(JSON.stringify(journal.snapshot())));
    expect(copy.find(null)).toEqual(journal.find(null));
    for (const damaged of [
      undefined,
      null,
      7,
      {},
      { schema: 'tidegate/journal/v1' },
      { schema: 'x', entries: [] },
    ]) {
      const empty = new Journal();
      empty.restore(damaged);
      expect(empty.incidents).toEqual([]);
    }
  });

  it('lets records of incidents by that it never saw open, and those of none', () => {
    const journal = new Journal();
    journal.add({ kind: 'agent.stopped', body: { reason: 'test', kept: 0, removed: 0 } }, openedAtMs);
    journal.add(
      {
        kind: 'action.refused',
        body: { incident: 'inc-00000000000000ff', rail: 'budget', reason: 'test', match: null },
      },
      openedAtMs,
    );
    expect(journal.incidents).toEqual([]);
    expect(journal.version).toBe(0);
  });
});
