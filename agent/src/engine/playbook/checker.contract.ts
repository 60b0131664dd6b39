/** Watches commands go by and says which promise of the playbook they break. For tests. */
import { check, cidrCovers } from '@tidegate/schemas';
import type { AuditBody, AuditEvent } from '@tidegate/schemas';
import type { BgpRoute } from '@tidegate/schemas/bgp';
import { expect } from 'vitest';
import type { Command } from './state.ts';

interface Life {
  readonly incident: string;
  isHandedOver: boolean;
  outcomes: AuditEvent['kind'][];
  isRemoved: boolean;
}

export class Checker {
  readonly lives = new Map<string, Life>();
  readonly openIncidents = new Set<string>();
  /** Ceilings whose record began, with their incident. */
  readonly openCeilings = new Map<string, string>();
  isStopped = false;
  /** Prefixes that a scrubbing provider has, and did not fail with, by mitigation. */
  readonly scrubbed = new Map<string, string>();
  /** Nothing is announced, or handed over, for any other address. */
  owned: readonly string[] = [];

  take(commands: readonly Command[]): void {
    for (const command of commands) {
      if (command.type === 'audit') this.#audit(command.event);
      if (command.type === 'install') this.#install(command);
      if (command.type === 'renew') this.#renew(command);
    }
  }

  #install({ rule }: Extract<Command, { type: 'install' }>): void {
    const life = this.lives.get(rule.id);
    expect(life, 'an install without an intent on record').toBeDefined();
    expect(life?.isHandedOver, 'a rule that is installed twice').toBe(false);
    expect(this.isStopped, 'an install after stop-all').toBe(false);
    expect(rule.ttlMs).toBeGreaterThan(0);
    if (rule.announced !== undefined) announcesWithin(this.owned, rule.announced.route);
    if (rule.announced?.route.kind === 'blackhole' && rule.verdict !== 'count')
      this.#blackholed(rule.announced.route.prefix);
    if (rule.diverted !== undefined) {
      isWithin(this.owned, rule.diverted.prefix);
      if (rule.verdict !== 'count') this.scrubbed.set(rule.id, rule.diverted.prefix);
    }
    if (life !== undefined) life.isHandedOver = true;
  }

  #blackholed(prefix: string): void {
    for (const scrubbed of this.scrubbed.values())
      expect(cidrCovers(scrubbed, prefix), `${prefix} is blackholed, and scrubbed with ${scrubbed}`).toBe(
        false,
      );
  }

  #renew({ rule }: Extract<Command, { type: 'renew' }>): void {
    const life = this.lives.get(rule.id);
    expect(life?.outcomes, 'a renewal of what was never seen installed').toContain('action.receipt');
    expect(life?.isRemoved, 'a renewal of what is gone').toBe(false);
    expect(this.openIncidents.has(life?.incident ?? ''), 'a renewal after the incident').toBe(true);
  }

  #audit(event: AuditEvent): void {
    const at = '2026-01-01T00:00:00.000Z';
    const head = { schema: 'tidegate/audit/v1', agent: 'test', seq: 1, prev: null, at, policy: null };
    const checked = check('audit-record', { ...head, ...event });
    expect(checked.ok ? [] : checked.problems).toEqual([]);
    switch (event.kind) {
      case 'incident.opened':
        this.openIncidents.add(event.body.incident);
        break;
      case 'action.intent':
        this.#intent(event.body);
        break;
      case 'action.receipt':
      case 'action.failed':
        this.#outcome(event.kind, event.body.mitigation);
        break;
      case 'action.removed':
        this.#removed(event.body);
        break;
      case 'action.ceiling':
        this.#ceiling(event.body);
        break;
      case 'incident.closed':
        this.#closed(event.body);
        break;
      default:
    }
  }

  #intent({ incident, mitigation, ttlMs }: AuditBody<'action.intent'>): void {
    expect(this.lives.has(mitigation), 'an id that is used twice').toBe(false);
    expect(this.openIncidents.has(incident), 'an intent outside of its incident').toBe(true);
    expect(ttlMs).toBeGreaterThan(0);
    this.lives.set(mitigation, { incident, isHandedOver: false, outcomes: [], isRemoved: false });
  }

  #outcome(kind: AuditEvent['kind'], mitigation: string): void {
    const life = this.lives.get(mitigation);
    expect(life?.isHandedOver, `${kind} of what was never handed over`).toBe(true);
    expect(life?.isRemoved, `${kind} of what is gone`).toBe(false);
    life?.outcomes.push(kind);
    if (kind === 'action.failed') this.scrubbed.delete(mitigation);
    expect(life?.outcomes.filter((outcome) => outcome === 'action.failed').length).toBeLessThanOrEqual(2);
  }

  #removed({ mitigation, reason }: AuditBody<'action.removed'>): void {
    if (reason === 'orphan') return;
    const life = this.lives.get(mitigation);
    expect(life?.isHandedOver, 'a removal of what was never handed over').toBe(true);
    expect(life?.isRemoved, 'a second removal').toBe(false);
    if (reason === 'expired')
      expect(life?.outcomes, 'expired, but never said to be installed').toContain('action.receipt');
    if (life !== undefined) life.isRemoved = true;
    this.scrubbed.delete(mitigation);
  }

  #ceiling({ incident, mitigation, phase, mode }: AuditBody<'action.ceiling'>): void {
    expect(this.openIncidents.has(incident), 'a ceiling outside of its incident').toBe(true);
    if (phase === 'ended') {
      expect(this.openCeilings.delete(mitigation), 'the end of what never began').toBe(true);
      return;
    }
    expect([...this.openCeilings.values()], 'two at a time').not.toContain(incident);
    expect(this.isStopped && mode === 'enforce', 'held back after stop-all').toBe(false);
    this.openCeilings.set(mitigation, incident);
  }

  #closed({ incident }: AuditBody<'incident.closed'>): void {
    expect(this.openIncidents.delete(incident), 'an incident that is closed twice').toBe(true);
    expect([...this.openCeilings.values()], 'a ceiling outlives its incident').not.toContain(incident);
    for (const [id, life] of this.lives) {
      if (life.incident !== incident) continue;
      const isOver =
        life.isRemoved || (life.outcomes[0] === 'action.failed' && !life.outcomes.includes('action.receipt'));
      expect(isOver, `${id} outlives its incident`).toBe(true);
    }
  }
}

function announcesWithin(owned: readonly string[], route: BgpRoute): void {
  const destination = route.kind === 'blackhole' ? route.prefix : route.rule.match.destination;
  isWithin(owned, destination);
  if (route.kind === 'blackhole')
    expect(route.prefix, 'more than one address is blackholed').toMatch(/\/(32|128)$/);
}

function isWithin(owned: readonly string[], destination: string): void {
  const isOurs = owned.some((prefix) => cidrCovers(prefix, destination));
  expect(isOurs, `${destination} is announced or handed over, and is not ours`).toBe(true);
}
