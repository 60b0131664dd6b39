/**
 * Ceilings of the policy act in the kernel, before anybody decides: what they hold back is put on record here, as a
 * mitigation of the incident. One record when it begins, one with the totals when the incident ends or its mode changes.
 */
import type { Mode } from '@tidegate/schemas';
import { ceilingRecord, merged } from './held.ts';
import type { HeldClass, HeldTraffic, Incident } from './state.ts';
import type { Turn } from './turn.ts';

/** What is above a ceiling is dropped only where the policy enforces, and never while stop-all is in force. */
const modeNow = ({ state: { policy, isStopped } }: Turn): Mode =>
  policy?.mode === 'enforce' && !isStopped ? 'enforce' : 'observe';

/** The kernel counted packets above a ceiling. Nothing comes of it where no incident is open: there is no room. */
export function onCeiling(
  turn: Turn,
  target: string,
  threshold: string,
  exceeded: readonly HeldClass[],
): void {
  const incident = turn.state.incidents.get(target);
  if (incident === undefined) return;
  const known = incident.held;
  if (known !== null) {
    const held = { ...known, threshold, exceeded: merged(known.exceeded, exceeded), lastAtNs: turn.atNs };
    turn.put({ ...incident, held });
    return;
  }
  if (incident.ending !== null) return;
  const held: HeldTraffic = {
    id: `mit-${turn.context.random.hex(8)}`,
    threshold,
    mode: modeNow(turn),
    exceeded,
    firstAtNs: turn.atNs,
    lastAtNs: turn.atNs,
  };
  turn.audit('action.ceiling', ceilingRecord(incident.id, held, 'began'));
  turn.put({ ...incident, held });
}

/** Ends the record of what is now held in another mode; what comes next begins a new one. */
export function changeCeilingMode(turn: Turn, incident: Incident): Incident {
  return incident.held === null || incident.held.mode === modeNow(turn) ? incident : turn.endHeld(incident);
}
