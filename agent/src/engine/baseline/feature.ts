/** What is observed: one number each time a window of this feature closes. */
import { volumeNames } from '../metrics.ts';

export interface Feature {
  /** Such as `packets@1s`. */
  readonly name: string;
  /** How often it is observed, ms; eight times a second at most. */
  readonly everyMs: number;
  /** Added before the logarithm is taken: differences far below it do not matter. */
  readonly offset: number;
}

/** `@10s`, `@60s`; what is measured over less than a second is observed once a second. */
const scaleForm = /@(\d{1,5})s$/;
const offsetOfVolume: Readonly<Record<string, number>> = {
  ...Object.fromEntries(volumeNames.map((name) => [name, 1])),
  bits: 1000,
  meanLength: 1,
};
const offsetOfShare = 0.01;

/** A feature by its name: a volume or ratio of `metrics.ts`, `@` and its time scale. */
export function featureOf(name: string): Feature {
  const seconds = Number(scaleForm.exec(name)?.[1] ?? 1);
  return {
    name,
    everyMs: Math.max(1, seconds) * 1000,
    offset: offsetOfVolume[name.split('@')[0]!] ?? offsetOfShare,
  };
}
