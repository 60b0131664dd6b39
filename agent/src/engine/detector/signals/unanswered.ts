/**
 * What comes and gets no answer. Conversations go both ways: a web server sends more than it gets. Resets and
 * unreachables are no answers but refusals. A transfer in a few flows is left alone: its receiver acknowledges a few
 * percent (TCP, QUIC) or nothing (a throughput test over UDP).
 */
import { percent, ramp } from './signal.ts';
import type { Signal } from './signal.ts';

/** A target that never answers, such as a collector of logs, is none that this can be told of. */
const usualMin = 0.05;
/** Answers for each packet in all, against the usual: they have fallen as well, or the excess is just not the usual mix. */
const fellNone = 0.85;
const fellFull = 0.65;

export const unanswered: Signal = {
  name: 'unanswered',
  group: 'conversation',
  needsTime: true,
  judge(picture) {
    const value = picture.answered;
    const usual = picture.usualRatio('answeredShare');
    if (value === null || !picture.isLarge || (usual !== null && usual < usualMin)) return null;
    const known = Math.min(1, usual ?? 0.5);
    const all = picture.against('answeredShare');
    const fell = all === null ? 1 : ramp(all, fellNone, fellFull);
    const score = ramp(value, known * 0.2, known * 0.05) * fell;
    if (score > 0 && picture.mayBeBulk) return null;
    const before = usual === null ? '' : `, usually ${percent(usual)}`;
    return { score, value, usual, reason: () => `${percent(value)} of the excess is answered${before}` };
  },
};
