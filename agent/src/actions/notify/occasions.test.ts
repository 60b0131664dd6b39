import type { AuditEvent } from '@tidegate/schemas';
import { describe, expect, it } from 'vitest';
import { Occasions } from './occasions.ts';

const event = (kind: AuditEvent['kind'], body: object = {}, incident = 'inc-1'): AuditEvent =>
  ({ kind, body: { incident, ...body } }) as AuditEvent;
const names = (occasions: Occasions, atMs: number): string[] =>
  occasions.due(atMs).map(({ incident, occasion, number }) => `${incident} ${occasion} ${number}`);

describe('occasions', () => {
  it('an incident that begins is told at once', () => {
    const occasions = new Occasions();
    occasions.take(event('incident.opened'), 1000);
    expect(occasions.nextMs).toBe(1000);
    expect(names(occasions, 1000)).toEqual(['inc-1 opened 1']);
    expect(occasions.nextMs).toBeNull();
  });

  it('what was done gathers a second long, and is told again only after five minutes', () => {
    const occasions = new Occasions();
    const receipt = event('action.receipt', { level: 'installed' });
    occasions.take(receipt, 0);
    occasions.take(event('action.receipt', { level: 'effective' }), 300);
    expect(names(occasions, 999)).toEqual([]);
    expect(names(occasions, 1000)).toEqual(['inc-1 answered 1']);
    occasions.take(receipt, 5000);
    expect(names(occasions, 60_000)).toEqual([]);
    expect(names(occasions, 301_000)).toEqual(['inc-1 answered 2']);
  });

  it('a receipt that says no more than that somebody said yes is none', () => {
    const occasions = new Occasions();
    occasions.take(event('action.receipt', { level: 'accepted' }), 0);
    expect(occasions.nextMs).toBeNull();
  });

  it('refusals and failures are told together', () => {
    const occasions = new Occasions();
    occasions.take(event('action.refused'), 0);
    occasions.take(event('action.failed'), 500);
    expect(names(occasions, 1000)).toEqual(['inc-1 failed 1']);
  });

  it('the end is told at once, and takes with it what still gathers', () => {
    const occasions = new Occasions();
    occasions.take(event('incident.opened'), 0);
    occasions.take(event('action.receipt', { level: 'effective' }), 10);
    occasions.take(event('incident.closed'), 20);
    expect(names(occasions, 20)).toEqual(['inc-1 opened 1', 'inc-1 closed 1']);
    expect(occasions.nextMs).toBeNull();
  });

  it('incidents do not wait for each other', () => {
    const occasions = new Occasions();
    for (let number = 0; number < 2000; number++)
      occasions.take(event('incident.opened', {}, `inc-${number}`), number);
    expect(occasions.due(2000)).toHaveLength(1024);
  });
});
