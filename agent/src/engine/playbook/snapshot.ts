/** The playbook's memory as JSON, so that a start after a crash knows whose rules it finds. */
import type { Incident, Mitigation, PlaybookState } from './state.ts';

const schema = 'tidegate/engine-state/v1';

/** JSON-able; 64-bit counters are decimal strings. */
export interface Snapshot {
  readonly schema: typeof schema;
  readonly isStopped: boolean;
  readonly incidents: readonly unknown[];
}

export function snapshotOf({ isStopped, incidents }: PlaybookState): Snapshot {
  const texts = [...incidents.values()].map((incident) =>
    JSON.stringify(incident, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)),
  );
  return { schema, isStopped, incidents: texts.map((text): unknown => JSON.parse(text)) };
}

/** Reads what `snapshotOf` made; null for anything else, as after a downgrade. */
export function readSnapshot(value: unknown): { incidents: Incident[]; isStopped: boolean } | null {
  if (typeof value !== 'object' || value === null || !('schema' in value) || value.schema !== schema)
    return null;
  const { isStopped, incidents } = value as Snapshot;
  const text = JSON.stringify(incidents);
  const revived = JSON.parse(text, (_, field: unknown) =>
    typeof field === 'string' && /^\d+n$/.test(field) ? BigInt(field.slice(0, -1)) : field,
  ) as Incident[];
  return { incidents: revived.map(completed), isStopped };
}

type UpstreamField = 'tier' | 'known' | 'waits' | 'seenAtNs' | 'isQuiet' | 'upstreamWithdrawals';

/** What an earlier version remembered lacks what it did not know. */
function completed(
  incident: Partial<Incident> & Omit<Incident, 'held' | 'probeMs' | 'probeUntilNs' | UpstreamField>,
): Incident {
  const mitigations = incident.mitigations.map((one: Partial<Mitigation> & Omit<Mitigation, 'action'>) => ({
    ...one,
    action: one.action ?? 'drop',
  }));
  return {
    ...incident,
    held: incident.held ?? null,
    probeMs: incident.probeMs ?? 0,
    probeUntilNs: incident.probeUntilNs ?? null,
    tier: incident.tier ?? 'A',
    known: incident.known ?? [],
    waits: incident.waits ?? [],
    seenAtNs: incident.seenAtNs ?? 0,
    isQuiet: incident.isQuiet ?? false,
    upstreamWithdrawals: incident.upstreamWithdrawals ?? 0,
    mitigations,
  };
}
