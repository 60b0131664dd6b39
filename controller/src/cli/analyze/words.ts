/** What the text and the page say in the same words. */
import type { Analysis } from '@tidegate/schemas';
import { duration, percent } from './format.ts';

export const undoCommand = 'nft delete table inet tidegate_suggested';

export function verdictOf({ family, confidence, targets, partial }: Analysis): string {
  const [first] = targets;
  const part = partial === null ? '' : ' (from a part of the file)';
  if (family === 'none' || first === undefined) return `No attack was recognised${part}.`;
  return `ATTACK: ${family} on ${first.target}, confidence ${confidence.toFixed(2)}${part}`;
}

export function whenOf({ startedAt, durationMs }: Analysis, target: Analysis['targets'][number]): string {
  const from = Math.min(target.startedAtMs, durationMs);
  const lasted = duration(Math.max(0, Math.min(target.endedAtMs, durationMs) - from));
  const into = from === 0 ? 'from the start of the capture' : `${duration(from)} into the capture`;
  if (startedAt === null) return `${into}, for ${lasted}`;
  const at = new Date(Date.parse(startedAt) + from).toISOString().replace('T', ' ').replace('Z', ' UTC');
  return `${at} (${into}), for ${lasted}`;
}

export function effectOf({
  action,
  coverage,
  collateral,
  collateralAtMost,
  samples,
  lost,
}: Analysis['rules'][number]): string {
  const hits = `hits ${percent(coverage)} of what came during the attack`;
  const others =
    action !== 'drop'
      ? `${action === 'limit' ? 'limits' : 'answers for'} it, drops no real user outright`
      : collateral === null
        ? 'what else it hits is not known: the capture has no traffic from before'
        : `of the traffic from before it hits ${percent(collateral)} (at most ${percent(collateralAtMost ?? 1)}, ${samples} samples)`;
  return `${hits}; ${others}${lost.length === 0 ? '' : `; without ${lost.join(', ')}`}`;
}
