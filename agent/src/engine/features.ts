/**
 * Features: the numbers of a target that the baseline learns, and at which time scale each is taken.
 *
 * Volumes once a second, every ten and every sixty, and the highest 100 ms of each second, because a burst says little
 * of a minute and a minute nothing of a burst; ratios every ten seconds, when there was enough to make one of.
 * A window without traffic is no observation: usual is what is usual while something comes.
 */
import { ratioNames, ratioOf, volumeNames, volumeOf } from './metrics.ts';
import type { RatioName, VolumeName } from './metrics.ts';
import { counter } from './types.ts';
import type { ScaleWindow } from './types.ts';

/** Time scales in ms; 100 stands for the highest 100 ms of a second. */
export type FeatureScaleMs = 100 | ScaleWindow['scaleMs'];

interface VolumeFeature {
  readonly name: `${VolumeName}@${string}`;
  readonly volume: VolumeName;
  readonly scaleMs: FeatureScaleMs;
}

interface RatioFeature {
  readonly name: `${RatioName}@10s`;
  readonly ratio: RatioName;
}

/** Ratios are of ten seconds. */
const ratioScaleMs = 10_000;

const text = (scaleMs: FeatureScaleMs): string => (scaleMs < 1000 ? `${scaleMs}ms` : `${scaleMs / 1000}s`);
const volumes = (scaleMs: FeatureScaleMs, names: readonly VolumeName[]): VolumeFeature[] =>
  names.map((volume) => ({ name: `${volume}@${text(scaleMs)}` as const, volume, scaleMs }));

/** The first one says how busy a target is. */
const volumeFeatures: readonly VolumeFeature[] = [
  ...volumes(1000, volumeNames),
  ...volumes(100, ['packets', 'bits']),
  ...volumes(10_000, ['packets', 'bits']),
  ...volumes(60_000, ['packets', 'bits']),
];
const ratioFeatures: readonly RatioFeature[] = ratioNames.map((ratio) => ({
  name: `${ratio}@10s` as const,
  ratio,
}));

/** Names by index, such as `packets@1s`: what a baseline is made for. */
export const featureNames: readonly string[] = [...volumeFeatures, ...ratioFeatures].map(({ name }) => name);

const numbers = new Map(volumeFeatures.map(({ volume, scaleMs }, index) => [`${volume} ${scaleMs}`, index]));
const byVolume = Object.fromEntries(
  volumeNames.map((volume) => [
    volume,
    {
      100: numbers.get(`${volume} 100`) ?? null,
      1000: numbers.get(`${volume} 1000`) ?? null,
      10_000: numbers.get(`${volume} 10000`) ?? null,
      60_000: numbers.get(`${volume} 60000`) ?? null,
    },
  ]),
) as Readonly<Record<VolumeName, Readonly<Record<FeatureScaleMs, number | null>>>>;
const byRatio = Object.fromEntries(
  ratioNames.map((ratio, offset) => [ratio, volumeFeatures.length + offset]),
) as Readonly<Record<RatioName, number>>;

/** Index of a volume at a scale; null where it is not learned. */
export const volumeFeature = (volume: VolumeName, scaleMs: FeatureScaleMs): number | null =>
  byVolume[volume][scaleMs];

/** Index of a ratio. */
export const ratioFeature = (ratio: RatioName): number => byRatio[ratio];

/** How far back an observation of a feature reaches, ms. */
export const scaleMsOf = (feature: number): number => volumeFeatures[feature]?.scaleMs ?? ratioScaleMs;

/** Fewer of the whole than this in ten seconds make no ratio. */
const packetsMin = 200;
const handshakesMin = 20;

/** Highest 100 ms of a second, packets/s and bits/s. */
export interface Peak {
  readonly packetsPerSecond: number;
  readonly bitsPerSecond: number;
}

/** Takes one observation: the index of a feature and its value. */
export type Take = (feature: number, value: number) => void;

const atScale = (scaleMs: FeatureScaleMs) =>
  volumeFeatures.flatMap(({ volume, scaleMs: own }, index) => (own === scaleMs ? [{ volume, index }] : []));
const byScale = { 1000: atScale(1000), 10_000: atScale(10_000), 60_000: atScale(60_000) };
const peakPackets = volumeFeature('packets', 100)!;
const peakBits = volumeFeature('bits', 100)!;

/** The observations that a closed window makes. `peak` comes with those of one second. */
export function observationsOf(
  { scaleMs, intervalMs, counts }: ScaleWindow,
  peak: Peak | null,
  take: Take,
): void {
  if (counts[counter.packets] === 0) return;
  for (const { volume, index } of byScale[scaleMs]) take(index, volumeOf(volume, counts, intervalMs));
  if (peak !== null) {
    take(peakPackets, peak.packetsPerSecond);
    take(peakBits, peak.bitsPerSecond);
  }
  if (scaleMs !== ratioScaleMs) return;
  for (const [offset, { ratio }] of ratioFeatures.entries()) {
    const value = ratioOf(ratio, counts, wholeMinOf(ratio));
    if (value !== null) take(volumeFeatures.length + offset, value);
  }
}

const wholeMinOf = (ratio: RatioName): number => {
  if (ratio === 'synPerSynAck' || ratio === 'ackPerSyn') return handshakesMin;
  return packetsMin;
};
