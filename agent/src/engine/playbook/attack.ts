/** An attack was named: open or update its incident, and answer it. */
import type { Attack } from '../types.ts';
import { answer } from './answer.ts';
import { playbookFor } from './choose.ts';
import { shorten } from './shorten.ts';
import { incidentsMax } from './state.ts';
import type { Detected, Incident } from './state.ts';
import type { Turn } from './turn.ts';

/** An incident that no playbook is for ends after so much quiet. */
const releaseAfterMsDefault = 60_000;
/** A rise in confidence that is worth a record. */
const confidenceStep = 0.1;

export function onAttack(turn: Turn, attack: Attack, found: Detected): void {
  const known = turn.state.incidents.get(attack.target);
  if (known !== undefined && known.ending !== null) return;
  const incident =
    known === undefined ? open(turn, attack, found) : update(turn, endProbe(turn, known), attack, found);
  if (incident === null) return;
  const seen = turn.put({
    ...incident,
    tier: found.tier === 'B' ? 'B' : incident.tier,
    known: knownOf(incident, attack, found),
    isQuiet: false,
  });
  if (!seen.isReleased) answer(turn, seen, attack, found);
}

/** What is known of this family now, for steps that are taken later. Volume alone gives them nothing. */
function knownOf({ known }: Incident, attack: Attack, { tier, forecasts }: Detected): Incident['known'] {
  if (tier !== 'B' || attack.match === null || forecasts === undefined) return known;
  const { family, confidence, counter, remainderPacketsPerSecond } = attack;
  const others = known.filter((one) => one.family !== family);
  const reasons = shorten(attack.reasons);
  return [...others, { family, confidence, reasons, forecasts, counter, remainderPacketsPerSecond }];
}

/** What an incident is called by an attack: by its family, or by what all of its vectors are together. */
const nameOf = ({ family, incidentFamily = family }: Attack): string => incidentFamily;

function open(turn: Turn, attack: Attack, { evidence, detected, vectors, tier }: Detected): Incident | null {
  const { target, confidence, match, spoofed } = attack;
  const family = nameOf(attack);
  const id = `inc-${turn.context.random.hex(8)}`;
  if (turn.state.incidents.size >= incidentsMax) {
    if (turn.state.isFullOnRecord) return null;
    const reason = `${incidentsMax} incidents are open; ${family} on ${target} and later ones have to wait`;
    turn.audit('action.refused', { incident: id, rail: 'budget', reason, match });
    turn.state = { ...turn.state, isFullOnRecord: true };
    return null;
  }
  turn.audit('incident.opened', {
    incident: id,
    target,
    family,
    confidence,
    evidence,
    reasons: shorten(attack.reasons),
    ...(detected.length === 0 ? {} : { detected: shorten(detected) }),
    ...(vectors === undefined ? {} : { vectors }),
    ...(spoofed === undefined ? {} : { sourcesSpoofed: spoofed }),
  });
  return turn.put({
    id,
    target,
    family,
    confidence,
    tier,
    vectors: [attack.family],
    openedAtMs: turn.context.wallMsAt(turn.atNs),
    releaseAfterMs: playbookFor(turn.state.policy, attack)?.releaseAfterMs ?? releaseAfterMsDefault,
    probeMs: playbookFor(turn.state.policy, attack)?.probeMs ?? 0,
    probeUntilNs: null,
    refused: [],
    isReleased: false,
    ending: null,
    mitigations: [],
    held: null,
    known: [],
    waits: [],
    seenAtNs: turn.atNs,
    isQuiet: false,
    upstreamWithdrawals: 0,
    begun: 0,
    droppedPackets: 0n,
    droppedBytes: 0n,
  });
}

/** What an incident is called by how its vectors go together: more than the name of any one of them. */
const wholeNames: readonly string[] = ['carpet_bombing', 'multi_vector', 'pulse_wave'];

/** What nobody can name is not better known for coming again. */
const unrenamed: readonly string[] = [...wholeNames, 'unclassified'];

/** An attack that stops and comes again is a wave, whatever it is made of. */
export function onPulses(turn: Turn, target: string, bursts: number): void {
  const incident = turn.state.incidents.get(target);
  if (incident === undefined || incident.ending !== null || unrenamed.includes(incident.family)) return;
  const { id, confidence, family } = incident;
  const reason = `it stopped and came again: burst ${bursts} of ${family} in one incident`;
  turn.audit('incident.updated', {
    incident: id,
    target,
    family: 'pulse_wave',
    confidence,
    reasons: [reason],
  });
  turn.put({ ...incident, family: 'pulse_wave' });
}

/** It came back without its rules. What they were takes no part in the budget of those that come now. */
function endProbe(turn: Turn, incident: Incident): Incident {
  if (incident.probeUntilNs === null) return incident;
  return turn.put({ ...incident, probeUntilNs: null, begun: 0 });
}

/** Another vector, or the same attack seen more clearly. */
function update(turn: Turn, incident: Incident, attack: Attack, { vectors }: Detected): Incident {
  const { confidence } = attack;
  const family = nameOf(attack);
  const isNew = !incident.vectors.includes(attack.family);
  const isWhole = attack.incidentFamily !== undefined && incident.family !== family;
  if (!isNew && !isWhole && confidence < incident.confidence + confidenceStep) return incident;
  const { id, target } = incident;
  turn.audit('incident.updated', {
    incident: id,
    target,
    family,
    confidence,
    reasons: shorten(attack.reasons),
    ...(vectors === undefined ? {} : { vectors }),
  });
  const isSurer = confidence > incident.confidence && !wholeNames.includes(incident.family);
  const surest = isSurer || isWhole ? { family } : {};
  return turn.put({
    ...incident,
    ...surest,
    confidence: Math.max(confidence, incident.confidence),
    vectors: [...new Set([...incident.vectors, attack.family])],
  });
}
