/** The host or its link cannot take more: the card drops, a CPU does nothing but take packets, the link is full. */
import { percent, ramp } from './signal.ts';
import type { Signal } from './signal.ts';

/** Drops a second beside the target's packets: a handful is lost on any day. */
const dropsNone = 0.001;
const dropsFull = 0.02;

export const capacity: Signal = {
  name: 'capacity',
  group: 'capacity',
  // A speed test fills its link, and a crowd a small server.
  isWeak: true,
  judge(picture) {
    const { host, window, linkBitsPerSecond } = picture;
    if (host === null && linkBitsPerSecond === null) return null;
    const link = linkBitsPerSecond === null ? 0 : window.bitsPerSecond / linkBitsPerSecond;
    const drops = (host?.cardDrops ?? 0) / Math.max(1, picture.now('packets'));
    const softirq = host?.softirqShare ?? 0;
    const reasons = [
      {
        score: ramp(drops, dropsNone, dropsFull),
        value: drops,
        reason: () => `the card drops ${percent(drops)}`,
      },
      {
        score: ramp(softirq, 0.7, 0.95),
        value: softirq,
        reason: () => `a CPU spends ${percent(softirq)} on taking packets`,
      },
      { score: ramp(link, 0.7, 0.95), value: link, reason: () => `the link is ${percent(link)} full` },
    ];
    const most = reasons.sort((a, b) => b.score - a.score || b.value - a.value)[0]!;
    return { ...most, usual: null };
  },
};

/** Whether that is a breach: nearly all that can be is reached. */
export const isBreach = (score: number): boolean => score >= 0.99;
