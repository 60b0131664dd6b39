/** Sources that threat feeds list. */
import { percent, ramp } from './signal.ts';
import type { Signal } from './signal.ts';

export const indicators: Signal = {
  name: 'indicators',
  group: 'reputation',
  judge(picture) {
    if (picture.now('indicatorPackets') === 0) return null;
    const value = picture.share('indicatorPackets');
    const reason = (): string => `${percent(value)} of the excess comes from listed threats`;
    return { score: ramp(value, 0.05, 0.3), value, usual: null, reason };
  },
};
