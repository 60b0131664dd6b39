/** When something is worth telling: audit records of an incident become occasions, each at its time. */
import type { AuditEvent, NotificationOccasion } from '@tidegate/schemas';

export interface Occasion {
  readonly incident: string;
  readonly occasion: NotificationOccasion;
  /** Counts the occasions of one kind in one incident, from 1. */
  readonly number: number;
  /** Wall time of what it tells, ms. */
  readonly sinceMs: number;
}

/** So long an answer may gather company before it is told, ms: a rule comes with others, and a receipt soon rises. */
const gatherMs = 1000;
/** What goes on and on is told again after this time, ms. */
const againMs = 300_000;
/** Incidents that are remembered; the oldest makes room. */
const incidentsMax = 1024;

interface Waiting {
  readonly since: number;
  readonly dueMs: number;
}

interface State {
  readonly waiting: Map<NotificationOccasion, Waiting>;
  readonly told: Map<NotificationOccasion, { count: number; atMs: number }>;
}

export class Occasions {
  readonly #incidents = new Map<string, State>();

  /** Takes a record; what is due follows from `due`. */
  take(event: AuditEvent, atMs: number): void {
    const occasion = occasionOf(event);
    if (occasion === null) return;
    const { incident } = event.body as { incident: string };
    const state = this.#incidents.get(incident) ?? this.#begin(incident);
    if (state.waiting.has(occasion)) return;
    const told = state.told.get(occasion);
    const gathered = occasion === 'opened' || occasion === 'closed' ? atMs : atMs + gatherMs;
    const dueMs = told === undefined ? gathered : Math.max(gathered, told.atMs + againMs);
    state.waiting.set(occasion, { since: atMs, dueMs });
  }

  /** What is to be told by now, the oldest first. An incident that is over leaves nothing else to wait for. */
  due(nowMs: number): Occasion[] {
    const due: Occasion[] = [];
    for (const [incident, state] of this.#incidents) {
      const isOver = (state.waiting.get('closed')?.dueMs ?? Infinity) <= nowMs;
      for (const [occasion, { since, dueMs }] of state.waiting) {
        if (dueMs > nowMs && !isOver) continue;
        state.waiting.delete(occasion);
        // The end says what was done.
        if (isOver && dueMs > nowMs) continue;
        const number = (state.told.get(occasion)?.count ?? 0) + 1;
        state.told.set(occasion, { count: number, atMs: nowMs });
        due.push({ incident, occasion, number, sinceMs: since });
      }
      if (isOver) this.#incidents.delete(incident);
    }
    return due.sort((a, b) => a.sinceMs - b.sinceMs);
  }

  /** When something is due next, ms; null where nothing waits. */
  get nextMs(): number | null {
    let next = Infinity;
    for (const { waiting } of this.#incidents.values())
      for (const { dueMs } of waiting.values()) next = Math.min(next, dueMs);
    return next === Infinity ? null : next;
  }

  #begin(incident: string): State {
    const oldest = this.#incidents.keys().next().value;
    if (this.#incidents.size >= incidentsMax && oldest !== undefined) this.#incidents.delete(oldest);
    const state: State = { waiting: new Map(), told: new Map() };
    this.#incidents.set(incident, state);
    return state;
  }
}

function occasionOf(event: AuditEvent): NotificationOccasion | null {
  switch (event.kind) {
    case 'incident.opened':
      return 'opened';
    case 'incident.closed':
      return 'closed';
    case 'action.receipt':
      return event.body.level === 'accepted' ? null : 'answered';
    case 'action.ceiling':
      return event.body.phase === 'began' ? 'answered' : null;
    case 'action.failed':
    case 'action.refused':
      return 'failed';
    default:
      return null;
  }
}
