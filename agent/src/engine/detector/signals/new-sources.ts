/** Sources that the kernel's memory of known ones does not hold. A crowd of new users is new as well, so it is weak. */
import { packetsMin, shareOfExcess } from '../picture.ts';
import { percent, ramp } from './signal.ts';
import type { Signal } from './signal.ts';

export const newSources: Signal = {
  name: 'new-sources',
  group: 'sources',
  isWeak: true,
  judge(picture) {
    const sampled = picture.now('sourcesSampled');
    if ((sampled * picture.window.intervalMs) / 1000 < packetsMin) return null;
    const usual = picture.usualRatio('newSourceShare');
    const value = shareOfExcess(picture, picture.now('sourcesNew') / sampled, usual ?? 0);
    const score = ramp(value, Math.min(0.85, Math.max(0.4, 2 * (usual ?? 0.2))), 0.95);
    const before = usual === null ? '' : `, usually of ${percent(usual)} of all`;
    return {
      score,
      value,
      usual,
      reason: () => `sources of ${percent(value)} of the excess were never seen before${before}`,
    };
  },
};
