/**
 * Journal: the audit records of the last incidents, so that the agent can say why it did what it did when git and the
 * controller cannot be reached. Bounded: the oldest closed incident makes room for a new one.
 */
import type { AuditEvent } from '@tidegate/schemas';

/** Incidents that are remembered. */
export const incidentsMax = 64;
/** Records of one incident: the first ones say why it began, the last ones how it stands. */
const firstMax = 16;
const lastMax = 32;

export interface JournalRecord {
  /** Wall time, ms since the epoch. */
  readonly atMs: number;
  readonly event: AuditEvent;
}

export interface JournalEntry {
  readonly incident: string;
  readonly records: readonly JournalRecord[];
  /** Records between the first and the last ones that were not kept. */
  readonly left: number;
}

interface Entry {
  readonly first: JournalRecord[];
  readonly last: JournalRecord[];
  left: number;
}

const schema = 'tidegate/journal/v1';

export class Journal {
  readonly #entries = new Map<string, Entry>();
  /** Rises with every record that was taken. */
  version = 0;

  /** Takes a record that belongs to an incident; any other is let by. */
  add(event: AuditEvent, atMs: number): void {
    if (!('incident' in event.body)) return;
    const { incident } = event.body;
    if (typeof incident !== 'string') return;
    const known = this.#entries.get(incident);
    if (known === undefined && event.kind !== 'incident.opened') return;
    const entry = known ?? this.#begin(incident);
    const record = { atMs, event };
    this.version += 1;
    if (entry.first.length < firstMax) {
      entry.first.push(record);
      return;
    }
    entry.last.push(record);
    if (entry.last.length <= lastMax) return;
    entry.last.shift();
    entry.left += 1;
  }

  /** Of one incident, or of the one that began last; null where it is not known. */
  find(incident: string | null): JournalEntry | null {
    const id = incident ?? [...this.#entries.keys()].at(-1);
    const entry = id === undefined ? undefined : this.#entries.get(id);
    if (id === undefined || entry === undefined) return null;
    return { incident: id, records: [...entry.first, ...entry.last], left: entry.left };
  }

  /** Ids of the incidents that are remembered, the oldest first. */
  get incidents(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** JSON-able. */
  snapshot(): unknown {
    return { schema, entries: [...this.#entries].map(([incident, entry]) => ({ incident, ...entry })) };
  }

  /** Takes up what `snapshot` gave before; anything else counts as nothing remembered. */
  restore(value: unknown): void {
    if (!isSnapshot(value)) return;
    for (const entry of value.entries.slice(-incidentsMax)) {
      if (!isEntry(entry)) continue;
      const { incident, first, last, left } = entry;
      this.#entries.set(incident, { first, last, left });
    }
  }

  #begin(incident: string): Entry {
    const oldest = this.#entries.keys().next().value;
    if (this.#entries.size >= incidentsMax && oldest !== undefined) this.#entries.delete(oldest);
    const entry = { first: [], last: [], left: 0 };
    this.#entries.set(incident, entry);
    return entry;
  }
}

interface Snapshot {
  readonly entries: readonly unknown[];
}

const isEntry = (value: unknown): value is { readonly incident: string } & Entry =>
  typeof value === 'object' &&
  value !== null &&
  'incident' in value &&
  typeof value.incident === 'string' &&
  'first' in value &&
  Array.isArray(value.first) &&
  'last' in value &&
  Array.isArray(value.last) &&
  'left' in value &&
  typeof value.left === 'number';

const isSnapshot = (value: unknown): value is Snapshot =>
  typeof value === 'object' &&
  value !== null &&
  'schema' in value &&
  value.schema === schema &&
  'entries' in value &&
  Array.isArray(value.entries);
