/** Why a target counts as attacked before anybody named the attack, in sentences. */
import type { Deviation, SignalFinding } from '../types.ts';
import { metricText, rateText, timesText } from './words.ts';

/** A signal from this score on is one of the two that tier B needs. */
const countsFrom = 0.5;

/** The excess first, then what else speaks for an attack, then what follows from both. */
export function detectedReasons({ target, threshold, volume, signals, tier, evidence }: Deviation): string[] {
  const { metric, value, limit, usual, scaleMs } = volume;
  const rate = `${target} receives ${rateText(metric, value)}${metricText(metric)} over ${durationText(scaleMs)}`;
  const compared =
    usual === null
      ? `the floor of threshold "${threshold}" is ${rateText(metric, limit)}, and what is usual here is not learned yet`
      : `${timesText(value, usual)} the ${rateText(metric, usual)} that are usual at this hour of the week; the limit of threshold "${threshold}" is ${rateText(metric, limit)}`;
  const ceiling =
    evidence.ceiling === undefined
      ? []
      : [`it is above the ceiling of threshold "${evidence.ceiling.threshold}"`];
  const strong = signals.filter(({ score }) => score >= countsFrom);
  return [
    `${rate}: ${compared}`,
    ...ceiling,
    ...strong.map(signalText),
    tierText(tier, strong, ceiling.length > 0),
  ];
}

const signalText = ({ name, score, reason }: SignalFinding): string =>
  `signal ${name} (${Math.round(score * 100)} %): ${reason}`;

function tierText(tier: Deviation['tier'], strong: readonly SignalFinding[], isHeld: boolean): string {
  if (tier === 'A') {
    const missing = strong.length === 0 ? 'nothing else speaks' : 'one signal alone speaks';
    return `tier A: more than usual, but ${missing} for an attack; volume alone drops nothing`;
  }
  return isHeld || strong.length < 2
    ? 'tier B: more than the server or its link is meant to take'
    : `tier B: more than usual, and ${strong.length} independent signals`;
}

function durationText(ms: number): string {
  return ms < 950 ? `${Math.round(ms)} ms` : `${Math.round(ms / 1000)} s`;
}
