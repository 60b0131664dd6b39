/** Sources that no packet of the Internet comes from: made up at random, one in seven of IPv4 is such, most of IPv6. */
import { shareOfExcess } from '../picture.ts';
import { percent, ramp } from './signal.ts';
import type { Signal } from './signal.ts';

const samplesMin = 25;

export const unroutableSources: Signal = {
  name: 'unroutable-sources',
  group: 'sources',
  readsSamples: true,
  judge(picture) {
    const { samples, excessShare } = picture;
    if (samples.effective * excessShare < samplesMin) return null;
    const value = shareOfExcess(
      picture,
      samples.share(({ isUnroutable }) => isUnroutable),
      0,
    );
    const reason = (): string =>
      `${percent(value)} of the excess comes from addresses that are not in use on the Internet`;
    return { score: ramp(value, 0.01, 0.06), value, usual: 0, reason };
  },
};
