/** What heartbeat and status say of incidents and rules. */
import type { ActiveMitigation, Heartbeat } from '@tidegate/schemas';
import { packetsOf } from './playbook/index.ts';
import type { Incident, PlaybookState } from './playbook/index.ts';

export type { ActiveMitigation } from '@tidegate/schemas';

type IncidentStatus = Heartbeat['incidents'][number];

function stateOf({ ending, probeUntilNs, mitigations, held }: Incident): IncidentStatus['state'] {
  if (ending !== null || probeUntilNs !== null) return 'releasing';
  const enforced = mitigations.filter(({ mode, phase }) => mode === 'enforce' && phase !== 'failed');
  if (enforced.some(({ level }) => level === 'effective')) return 'mitigated';
  return enforced.length > 0 || held?.mode === 'enforce' ? 'mitigating' : 'open';
}

export function incidentsOf(
  state: PlaybookState,
  packetsPerSecond: (target: string) => number,
): IncidentStatus[] {
  return [...state.incidents.values()].map((incident) => {
    const { held } = incident;
    const enforced = incident.mitigations.filter(({ mode }) => mode === 'enforce');
    const above = held === null ? 0n : packetsOf(held);
    const dropped = incident.droppedPackets + (held?.mode === 'enforce' ? above : 0n);
    return {
      id: incident.id,
      target: incident.target,
      family: incident.family,
      confidence: incident.confidence,
      openedAt: new Date(incident.openedAtMs).toISOString(),
      state: stateOf(incident),
      packetsPerSecond: packetsPerSecond(incident.target),
      droppedPackets: enforced.reduce((sum, { packets }) => sum + packets, dropped).toString(),
      ...(held === null
        ? {}
        : { ceiling: { threshold: held.threshold, mode: held.mode, packets: above.toString() } }),
    };
  });
}

export function mitigationsOf(state: PlaybookState, atNs: number): ActiveMitigation[] {
  return [...state.incidents.values()].flatMap((incident) =>
    incident.mitigations.flatMap(({ id, phase, backend, match, level, packets, expiresAtNs }) => {
      if (phase === 'failed') return [];
      const expiresInMs = level === null ? null : Math.max(0, Math.round((expiresAtNs - atNs) / 1e6));
      return [{ id, incident: incident.id, backend, match, level, packets: packets.toString(), expiresInMs }];
    }),
  );
}
