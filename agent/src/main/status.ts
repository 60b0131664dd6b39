/** The answer to `status`, for a person who was just woken up. */
import type { ControlResponse, DatapathReport, Heartbeat } from '@tidegate/schemas';

type Status = Extract<ControlResponse, { schema: 'tidegate/control-status/v1' }>;

const rateUnits = ['', 'k', 'M', 'G'] as const;

/** 1234567 → `1.2M`. */
function short(value: number): string {
  let rest = value;
  let unit = 0;
  while (rest >= 1000 && unit < rateUnits.length - 1) {
    rest /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? String(Math.round(rest)) : rest.toFixed(1)}${rateUnits[unit] ?? ''}`;
}

export function renderStatus(status: Status): string {
  const { heartbeat, mitigations, ticks } = status;
  const { digests } = heartbeat;
  const lines = [
    `${heartbeat.agent}  ${heartbeat.mode ?? 'no policy yet'}${heartbeat.stopped ? '  STOPPED by stop-all' : ''}  capture ${heartbeat.capture}`,
    `policy   ${digests.effective ?? 'none'}${heartbeat.failed === null ? '' : `  (newer one refused at ${heartbeat.failed.stage}: ${heartbeat.failed.reason})`}`,
    `audit    ${String(heartbeat.spool.pending)} records without a receipt, last ${String(heartbeat.spool.lastSeq)}${heartbeat.spool.failing === true ? '  RECORDS ARE BEING LOST' : ''}`,
    `ticks    ${String(ticks.total)}, ${String(ticks.missed)} missed, latest ${ticks.lateMsMax.toFixed(1)} ms late`,
    ...(heartbeat.notes ?? []).map((note) => `note     ${note}`),
    ...(heartbeat.surges ?? []).map(surgeLine),
    '',
    heartbeat.incidents.length === 0 ? 'No attack.' : `${String(heartbeat.incidents.length)} incidents:`,
  ];
  for (const incident of heartbeat.incidents) {
    lines.push(
      `  ${incident.id}  ${incident.target}  ${incident.family} (${Math.round(incident.confidence * 100).toString()} %)  ${incident.state}  ${short(incident.packetsPerSecond)} packets/s, ${short(Number(incident.droppedPackets))} dropped`,
    );
    if (incident.ceiling !== undefined) {
      const { threshold, mode, packets } = incident.ceiling;
      const what = mode === 'enforce' ? 'held back' : 'would be held back';
      lines.push(`    ceiling of ${threshold}  ${short(Number(packets))} packets ${what}`);
    }
    for (const rule of mitigations.filter((candidate) => candidate.incident === incident.id)) {
      const left =
        rule.expiresInMs === null ? '' : `, ends in ${String(Math.round(rule.expiresInMs / 1000))} s`;
      lines.push(
        `    ${rule.id}  ${rule.backend}  ${rule.level ?? 'pending'}  ${short(Number(rule.packets))} packets${left}`,
      );
    }
  }
  if (status.datapath !== undefined) lines.push(...datapathLines(status.datapath));
  return `${lines.join('\n')}\n`;
}

/** More than usual, of the usual kind: to be known, and left alone. */
function surgeLine({ target, metric, value, usual }: NonNullable<Heartbeat['surges']>[number]): string {
  const unit = metric === 'bits' ? 'bits/s' : 'packets/s';
  const times =
    usual === null || usual === 0 ? '' : `, ${(value / usual).toFixed(1)} times what is usual now`;
  return `surge    ${target}  ${short(value)} ${unit}${times}; its kind is usual, so nothing is done`;
}

const shown = 5;

/** What a person looks for once the attack is known: who sends, from which lists, and what was kept for later. */
function datapathLines({ sources, indicators, malformed, captures }: DatapathReport): string[] {
  const lines: string[] = [''];
  for (const { source, target, packetsPerSecond } of sources.heaviest.slice(0, shown))
    lines.push(`source   ${source} to ${target ?? 'others'}  ${short(packetsPerSecond)} packets/s`);
  if (indicators !== null) {
    lines.push(`threats  ${short(indicators.entries)} indicators, set of ${indicators.builtAt}`);
    for (const { feed, entry, action, packets } of indicators.matched.slice(0, shown))
      lines.push(`    ${entry}  ${feed} (${action})  ${short(packets)} packets`);
  }
  const kinds = Object.entries(malformed).map(([kind, frames]) => `${kind} ${short(Number(frames))}`);
  if (kinds.length > 0) lines.push(`broken   ${kinds.join(', ')}`);
  if (captures !== null && captures.saved + captures.failed > 0)
    lines.push(`captures ${String(captures.saved)} saved, ${String(captures.failed)} failed`);
  return lines.length === 1 ? [] : lines;
}
