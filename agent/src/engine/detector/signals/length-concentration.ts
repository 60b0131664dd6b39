/**
 * Packets of one length. Tools send the same packet again and again, people do not; amplifiers give answers of one
 * length. Large transfers in a few flows do it as well, and so is TCP that is full of data.
 */
import { ipProtocol } from '../../packet/index.ts';
import { excessShares } from '../picture.ts';
import type { SampleSet } from '../sample-set.ts';
import type { Traits } from '../traits.ts';
import { percent, ramp } from './signal.ts';
import type { Signal } from './signal.ts';

const samplesMin = 15;
const quietMin = 40;
/** Lengths within some 9 % of each other fall together. */
const bucketsPerOctave = 8;
/** A TCP segment from here on is full: 1220 bytes is the least segment of IPv6 (RFC 8200, RFC 9293). */
const fullSegmentBytes = 1220;

const bucketOf = ({ length }: Traits): number => Math.floor(Math.log2(length) * bucketsPerOctave);
const isFull = ({ protocol, length }: Traits): boolean =>
  protocol === ipProtocol.tcp && length >= fullSegmentBytes;
const keyOf = (traits: Traits): number | null => (isFull(traits) ? null : bucketOf(traits));

export const lengthConcentration: Signal = {
  name: 'length-concentration',
  group: 'lengths',
  // A crowd that comes for one thing sends one thing.
  isWeak: true,
  readsSamples: true,
  judge(picture) {
    const { samples, quiet, excessShare, isBulk } = picture;
    if (samples.effective * excessShare < samplesMin) return null;
    if (isBulk) return { score: 0, value: 0, usual: null, reason: () => 'a few flows, as a transfer has' };
    if (quiet.size < quietMin) return unknownBefore(samples);
    const shares = excessShares(picture, keyOf);
    const before = quiet.shares(keyOf);
    let [best, value, usual] = [0, 0, 0];
    for (const bucket of shares.keys()) {
      // Neighbours together: a length at the border of two falls into both.
      const now = Math.min(1, (shares.get(bucket) ?? 0) + (shares.get(bucket + 1) ?? 0));
      const quietly = (before.get(bucket) ?? 0) + (before.get(bucket + 1) ?? 0);
      if (now - quietly <= best) continue;
      [best, value, usual] = [now - quietly, now, quietly];
    }
    const reason = (): string =>
      `packets of about one length are ${percent(value)} of the excess, usually ${percent(usual)} of all`;
    return { score: ramp(best, 0.45, 0.8), value, usual, reason };
  },
};

/** Without quiet traffic to compare with, only one and the same length speaks for itself. */
function unknownBefore(samples: SampleSet): ReturnType<Signal['judge']> {
  const exact = samples.shares((traits) => (isFull(traits) ? null : traits.length));
  const value = Math.max(0, ...exact.values());
  const reason = (): string => `${percent(value)} of the packets have one and the same length`;
  return { score: 0.7 * ramp(value, 0.9, 0.98), value, usual: null, reason };
}
