/**
 * From how many networks it comes, told from samples. Real users come from the networks of their region and operators,
 * again and again; made-up sources from all of them once, and a flood of one machine from a single one.
 */
import { excessShares, shareOfExcess } from '../picture.ts';
import type { SampleSet } from '../sample-set.ts';
import { percent, ramp } from './signal.ts';
import type { Signal } from './signal.ts';

const samplesMin = 25;
const quietMin = 40;

export const sourceEntropy: Signal = {
  name: 'source-entropy',
  group: 'sources',
  isWeak: true,
  readsSamples: true,
  judge(picture) {
    const { samples, quiet, excessShare, isBulk } = picture;
    if (samples.effective * excessShare < samplesMin || quiet.size < quietMin) return null;
    const known = quiet.shares(({ network }) => network);
    const usual = onlyOnce(quiet);
    const strange = shareOfExcess(
      picture,
      samples.share(({ network }) => !known.has(network)),
      usual,
    );
    const strangeScore = ramp(strange, Math.min(0.9, Math.max(0.75, 1.2 * usual)), 0.97);
    const single = isBulk ? 0 : Math.max(0, ...excessShares(picture, ({ source }) => source).values());
    const singleScore = ramp(single, 0.5, 0.9);
    if (singleScore > strangeScore)
      return {
        ...{ score: singleScore, value: single, usual: null },
        reason: () => `one source sends ${percent(single)} of the excess`,
      };
    return {
      ...{ score: strangeScore, value: strange, usual },
      reason: () => `networks of ${percent(strange)} of the excess are new, usually of ${percent(usual)}`,
    };
  },
};

/** Of the samples, the share from networks that no other of them is from: how often a network is new anyway. */
function onlyOnce({ all, size }: SampleSet): number {
  const counts = new Map<string, number>();
  for (const { network } of all) counts.set(network, (counts.get(network) ?? 0) + 1);
  let once = 0;
  for (const count of counts.values()) if (count === 1) once += 1;
  return once / Math.max(1, size);
}
