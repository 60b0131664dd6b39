/** What the agent says of itself: the heartbeat, and the answer to `status`. */
import type { ControlResponse, Heartbeat } from '@tidegate/schemas';
import type { Spool } from '../audit/spool.ts';
import type { Standing } from '../policy/desk.ts';
import { agentVersion } from './version.ts';
import type { Watch } from './watch.ts';

export interface ReportParts {
  readonly node: string;
  readonly wallMs: number;
  readonly standing: Standing;
  readonly spool: Pick<Spool, 'pendingCount' | 'lastSeq' | 'failing'>;
  /** Null before the first bundle. */
  readonly watch: Pick<Watch, 'description' | 'status' | 'ticks' | 'notes' | 'datapath'> | null;
  readonly indicators: NonNullable<Heartbeat['indicators']>;
  readonly isStopped: boolean;
}

export function heartbeatOf(parts: ReportParts): Heartbeat {
  const { node, wallMs, standing, spool, watch, indicators, isStopped } = parts;
  const surges = watch?.status.surges ?? [];
  return {
    schema: 'tidegate/heartbeat/v1',
    agent: node,
    version: agentVersion,
    at: new Date(wallMs).toISOString(),
    capture: (watch?.description ?? 'none').slice(0, 64),
    mode: standing.bundle?.mode ?? null,
    stopped: isStopped,
    digests: { offered: standing.offered, verified: standing.verified, effective: standing.effective },
    failed: standing.failed,
    indicators,
    spool: { pending: spool.pendingCount, lastSeq: spool.lastSeq, failing: spool.failing },
    notes: [...(watch?.notes ?? [])],
    ...(surges.length === 0 ? {} : { surges: [...surges] }),
    incidents: watch?.status.incidents ?? [],
  };
}

export function statusOf(parts: ReportParts): ControlResponse {
  const { total, missed, lateMs } = parts.watch?.ticks ?? { total: 0, missed: 0, lateMs: [] };
  const sorted = Float64Array.from(lateMs).sort();
  const datapath = parts.watch?.datapath ?? null;
  return {
    schema: 'tidegate/control-status/v1',
    heartbeat: heartbeatOf(parts),
    mitigations: parts.watch?.status.mitigations ?? [],
    ticks: {
      total,
      missed,
      lateMsMax: sorted.at(-1) ?? 0,
      lateMsP99: sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0,
    },
    ...(datapath !== null && { datapath }),
  };
}
