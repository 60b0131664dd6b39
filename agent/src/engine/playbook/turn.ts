import type { AuditBody, AuditKind } from '@tidegate/schemas';
import { ceilingRecord, packetsOf } from './held.ts';
import type { Command, Incident, Mitigation, PlaybookState, RemovalReason, Rule } from './state.ts';
import { isLive } from './state.ts';

/** What the playbook needs from outside. */
export interface PlaybookContext {
  readonly random: { hex(bytes: number): string };
  /** Backends of this node, the preferred one first. */
  readonly backends: readonly Mitigation['backend'][];
  /** Wall time of a kernel monotonic time, ms since the epoch. */
  readonly wallMsAt: (monotonicNs: number) => number;
}

/** One step of the state machine: the state as it becomes, and the commands so far. */
export class Turn {
  readonly context: PlaybookContext;
  readonly atNs: number;
  readonly commands: Command[] = [];
  state: PlaybookState;

  constructor(state: PlaybookState, context: PlaybookContext, atNs: number) {
    this.state = state;
    this.context = context;
    this.atNs = atNs;
  }

  audit<Kind extends AuditKind>(kind: Kind, body: AuditBody<Kind>): void {
    // The pair is right by its type parameter; the union cannot say so.
    this.commands.push({
      type: 'audit',
      event: { kind, body } as Extract<Command, { type: 'audit' }>['event'],
    });
  }

  put(incident: Incident): Incident {
    this.state = { ...this.state, incidents: new Map(this.state.incidents).set(incident.target, incident) };
    return incident;
  }

  delete(incident: Incident): void {
    const incidents = new Map(this.state.incidents);
    incidents.delete(incident.target);
    this.state = { ...this.state, incidents, isFullOnRecord: false };
  }

  /** The mitigation with its incident as they are now. */
  find(id: string): { incident: Incident; mitigation: Mitigation } | null {
    for (const incident of this.state.incidents.values()) {
      const mitigation = incident.mitigations.find((candidate) => candidate.id === id);
      if (mitigation !== undefined) return { incident, mitigation };
    }
    return null;
  }

  /** Replaces a mitigation with a changed one; without changes it is dropped from its incident. */
  change(incident: Incident, mitigation: Mitigation, changes: Partial<Mitigation> | null): Incident {
    const mitigations = incident.mitigations.flatMap((candidate) => {
      if (candidate.id !== mitigation.id) return [candidate];
      return changes === null ? [] : [{ ...candidate, ...changes }];
    });
    return this.put({ ...incident, mitigations });
  }

  /**
   * Asks for every rule of an incident that is in force to go, the last step first: what was ended by it is to be ended by
   * those before it again. Only the kill switch lets all of them go at once.
   */
  removeAll(incident: Incident, reason: RemovalReason): Incident {
    const live = incident.mitigations.filter(isLive).reverse();
    const last = live[0];
    return live.reduce((left, mitigation) => {
      const isNext = reason === 'stopped' || (last !== undefined && isOfOneStep(mitigation, last));
      return isNext ? this.remove(left, mitigation, reason) : this.#holdBack(left, mitigation, reason);
    }, incident);
  }

  /** Asks for what is to go next, once nothing after it is left. */
  removeNext(incident: Incident): Incident {
    const leaving = incident.mitigations.filter(({ phase }) => phase === 'removing').reverse();
    const last = leaving[0];
    if (last?.isHeldBack !== true) return incident;
    return leaving
      .filter((one) => isOfOneStep(one, last))
      .reduce((left, one) => this.remove(left, one, one.removal ?? 'expired'), incident);
  }

  #holdBack(incident: Incident, mitigation: Mitigation, removal: RemovalReason): Incident {
    return this.change(incident, mitigation, {
      ...{ phase: 'removing', removal, isHeldBack: true },
      askedAtNs: this.atNs,
    });
  }

  remove(incident: Incident, mitigation: Mitigation, reason: RemovalReason): Incident {
    this.commands.push({ type: 'remove', backend: mitigation.backend, id: mitigation.id, reason });
    return this.change(incident, mitigation, {
      ...{ phase: 'removing', removal: reason, isHeldBack: false },
      askedAtNs: this.atNs,
    });
  }

  /** Closes the books on what ceilings held back in an incident. */
  endHeld(incident: Incident): Incident {
    const { held } = incident;
    if (held === null) return incident;
    this.audit('action.ceiling', ceilingRecord(incident.id, held, 'ended'));
    const dropped = held.mode === 'enforce' ? packetsOf(held) : 0n;
    return this.put({ ...incident, held: null, droppedPackets: incident.droppedPackets + dropped });
  }

  /** Closes an incident that ends, once its last rule is gone. */
  closeIfDone(open: Incident): void {
    if (open.ending === null || open.mitigations.some(({ phase }) => phase !== 'failed')) return;
    const incident = this.endHeld(open);
    this.audit('incident.closed', {
      incident: incident.id,
      target: incident.target,
      family: incident.family,
      reason: open.ending,
      durationMs: Math.max(0, Math.round(this.context.wallMsAt(this.atNs) - incident.openedAtMs)),
      droppedPackets: incident.droppedPackets.toString(),
      droppedBytes: incident.droppedBytes.toString(),
    });
    this.delete(incident);
  }
}

const isOfOneStep = (one: Mitigation, other: Mitigation): boolean =>
  one.step === other.step && one.playbook === other.playbook;

export function ruleOf({ id, match, ttlMs, mode, action, limit, announced, diverted }: Mitigation): Rule {
  const outside = {
    ...(announced === undefined ? {} : { announced }),
    ...(diverted === undefined ? {} : { diverted }),
  };
  const rule = { id, match, ttlMs, ...outside };
  if (mode === 'observe') return { ...rule, verdict: 'count' };
  if (action === 'synproxy') return { ...rule, verdict: 'synproxy' };
  if (limit === undefined) return { ...rule, verdict: 'drop' };
  const { unit, perSecond } = limit;
  const allowed =
    unit === 'bits' ? ({ unit: 'bytes', perSecond: perSecond / 8 } as const) : ({ unit, perSecond } as const);
  return { ...rule, verdict: 'limit', limit: allowed };
}
