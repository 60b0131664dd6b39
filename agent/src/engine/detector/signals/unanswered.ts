/**
 * What comes and gets no answer. Conversations go both ways: a web server sends more than it gets. Resets and
 * unreachables are no answers but refusals. A transfer in a few flows is left alone: its receiver acknowledges a few
 * percent (TCP, QUIC) or nothing (a throughput test over UDP).
 */
import { percent, ramp } from './signal.ts';
import type { Signal } from './signal.ts';

/** A target that never answers, such as a collector of logs, is none that this can be told of. */
const usualMin = 0.05;

export const unanswered: Signal = {
  name: 'unanswered',
  group: 'conversation',
  judge(picture) {
    const value = picture.answered;
    const usual = picture.usualRatio('answeredShare');
    if (value === null || !picture.isLarge || (usual !== null && usual < usualMin)) return null;
    const known = Math.min(1, usual ?? 0.5);
    const score = ramp(value, known * 0.15, known * 0.04);
    if (score > 0 && picture.mayBeBulk) return null;
    const before = usual === null ? '' : `, usually ${percent(usual)}`;
    return { score, value, usual, reason: () => `${percent(value)} of the excess is answered${before}` };
  },
};
