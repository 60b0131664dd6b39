/** Incidents and what was done about them, put together from audit records as an agent would have written them. */
import { cidrContains, parseAddress, parseCidr } from '@tidegate/schemas';
import type { AuditBody, AuditEvent, Simulation } from '@tidegate/schemas';

export type SimulatedIncident = Simulation['incidents'][number];
type Action = SimulatedIncident['actions'][number];
type Refusal = SimulatedIncident['refused'][number];

/** Further ones are counted and left out. */
const incidentsMax = 10_000;
/** Actions and refusals of one incident; further ones are left out. */
const entriesMax = 256;

type Draft = { -readonly [Key in keyof SimulatedIncident]: SimulatedIncident[Key] } & {
  actions: Writable<Action>[];
  refused: Refusal[];
};
type Writable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

const levels = ['accepted', 'advertised', 'installed', 'effective'] as const;

export class IncidentBook {
  readonly #startedAtMs: number;
  readonly #incidents: Draft[] = [];
  readonly #open = new Map<string, Draft>();
  readonly #actions = new Map<string, Writable<Action>>();
  leftOut = 0;

  /** @param startedAtMs Wall time of the start of the traffic, ms since the epoch. */
  constructor(startedAtMs: number) {
    this.#startedAtMs = startedAtMs;
  }

  get incidents(): readonly SimulatedIncident[] {
    return this.#incidents;
  }

  get hasOpen(): boolean {
    return this.#open.size > 0;
  }

  /** Whether an incident is open for this address, or for a prefix around it. */
  isDisturbed(target: string): boolean {
    if (this.#open.size === 0) return false;
    for (const { target: hit } of this.#open.values()) {
      if (hit === target) return true;
      if (hit.includes('/') && cidrContains(parseCidr(hit), parseAddress(target))) return true;
    }
    return false;
  }

  write({ kind, body }: AuditEvent, atNs: number): void {
    const atMs = round(atNs / 1e6);
    switch (kind) {
      case 'incident.opened':
        this.#begin(body, atMs);
        break;
      case 'incident.updated':
        this.#rename(body);
        break;
      case 'incident.closed': {
        const incident = this.#open.get(body.incident);
        if (incident !== undefined) incident.endedAtMs = atMs;
        this.#open.delete(body.incident);
        break;
      }
      case 'action.intent':
        this.#act(body, atMs);
        break;
      case 'action.ceiling':
        this.#hold(body, atMs);
        break;
      case 'action.receipt': {
        const action = this.#actions.get(body.mitigation);
        if (action === undefined) break;
        const isBetter = action.level === null || levels.indexOf(body.level) > levels.indexOf(action.level);
        if (isBetter) action.level = body.level;
        break;
      }
      case 'action.removed': {
        const action = this.#actions.get(body.mitigation);
        if (action !== undefined) action.endedAtMs = atMs;
        this.#actions.delete(body.mitigation);
        break;
      }
      case 'action.refused':
        this.#refuse(body.incident, { atMs, rail: body.rail, reason: body.reason });
        break;
      case 'action.failed':
        this.#refuse(body.incident, { atMs, rail: body.code, reason: body.reason });
        break;
      default:
        break;
    }
  }

  #begin(body: AuditBody<'incident.opened'>, atMs: number): void {
    const { incident: id, target, family, confidence, reasons, detected = [], evidence } = body;
    const { firstPacketAt } = evidence;
    const startedAtMs = firstPacketAt === null ? atMs : Date.parse(firstPacketAt) - this.#startedAtMs;
    const draft: Draft = {
      ...{ id, target, family, confidence },
      startedAtMs: round(Math.min(atMs, Math.max(0, startedAtMs))),
      detectedAtMs: atMs,
      endedAtMs: null,
      reasons: [...detected, ...reasons].slice(0, 32),
      actions: [],
      refused: [],
    };
    this.#open.set(id, draft);
    if (this.#incidents.length < incidentsMax) this.#incidents.push(draft);
    else this.leftOut += 1;
  }

  /** The surest name stands. */
  #rename({ incident, family, confidence, reasons }: AuditBody<'incident.updated'>): void {
    const draft = this.#open.get(incident);
    if (draft === undefined || confidence < draft.confidence) return;
    Object.assign(draft, { family, confidence, reasons });
  }

  #act(body: AuditBody<'action.intent'>, atMs: number): void {
    const { incident, mitigation, action: type, ttlMs, mode, backend, match } = body;
    const action = {
      type,
      atMs,
      ttlSeconds: ttlMs / 1000,
      mode,
      backend,
      match,
      level: null,
      endedAtMs: null,
    };
    this.#add(incident, mitigation, action);
  }

  #hold(body: AuditBody<'action.ceiling'>, atMs: number): void {
    const { incident, mitigation, phase, mode, backend, level } = body;
    if (phase === 'ended') {
      const action = this.#actions.get(mitigation);
      if (action !== undefined) action.endedAtMs = atMs;
      this.#actions.delete(mitigation);
      return;
    }
    this.#add(incident, mitigation, {
      ...{ type: 'ceiling', atMs, ttlSeconds: null, mode, backend, match: null, level, endedAtMs: null },
    });
  }

  #add(incident: string, mitigation: string, action: Action): void {
    const draft = this.#open.get(incident);
    if (draft === undefined || draft.actions.length >= entriesMax) return;
    draft.actions.push(action);
    this.#actions.set(mitigation, action);
  }

  #refuse(incident: string, refusal: Refusal): void {
    const draft = this.#open.get(incident);
    if (draft !== undefined && draft.refused.length < entriesMax) draft.refused.push(refusal);
  }
}

/** To the microsecond: what remains are the errors of binary fractions. */
export const round = (ms: number): number => Math.round(ms * 1000) / 1000;
