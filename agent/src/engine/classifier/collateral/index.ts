/**
 * Collateral: what a rule would take from legitimate traffic, in each backend as it would be installed there.
 *
 * Promises: measured on packets from before the attack, never guessed; a condition that a backend cannot say is left out
 * before the rule is replayed, and named; every share comes with the number of samples behind it and the most it may be.
 * Rails compare `collateral`, the measured share; `upper` says how little a small sample proves, and is for people.
 */
import type { TrafficMatch } from '@tidegate/schemas';
import type { Sample } from '../../types.ts';
import { hitByAny, readSamples } from '../traffic.ts';
import { measure } from './share.ts';
import { collateralBackends, translate } from './translate.ts';
import type { CollateralBackend } from './translate.ts';
import { wilsonUpper } from './wilson.ts';

export type { CollateralBackend } from './translate.ts';

export interface BackendPrediction {
  /** The rules as they would be installed. */
  readonly matches: readonly TrafficMatch[];
  /** Conditions that had to be left out of any of them. */
  readonly lost: readonly string[];
  /** Why this backend has no answer; left out where it has one. */
  readonly refused?: string;
  /** Share of the quiet packets that they hit, of all or of the class that is hit hardest; null without samples. */
  readonly collateral: number | null;
  /** Which class that is, `all` where none is hit harder. */
  readonly worstClass: string | null;
  /** Samples of that class, and the most that its share may be at 95 % (Wilson). */
  readonly samples: number;
  readonly upper: number | null;
}

export interface CollateralReport {
  /** Quiet packets that it rests on. */
  readonly samples: number;
  readonly byBackend: Readonly<Record<CollateralBackend, BackendPrediction>>;
}

/**
 * @param matches The rules that are installed together: an attack's `match` and its companions.
 * @param quiet Samples from before the attack.
 */
export function predict(matches: readonly TrafficMatch[], quiet: readonly Sample[]): CollateralReport {
  const seen = readSamples(quiet);
  const predictFor = (backend: CollateralBackend): BackendPrediction => {
    const translations = matches.map((match) => translate(match, backend));
    const refused = translations.find((one) => one.refused !== null)?.refused ?? null;
    const hits = hitByAny(translations.map(({ match }) => match));
    const found = measure(seen, hits);
    return {
      matches: translations.map(({ match }) => match),
      lost: [...new Set(translations.flatMap(({ lost }) => lost))],
      ...(refused === null ? {} : { refused }),
      collateral: found?.worst.share ?? null,
      worstClass: found?.worst.name ?? null,
      samples: found?.worst.samples ?? 0,
      upper: found === null ? null : wilsonUpper(found.worst.hits, found.worst.samples),
    };
  };
  const byBackend = Object.fromEntries(
    collateralBackends.map((backend) => [backend, predictFor(backend)]),
  ) as Record<CollateralBackend, BackendPrediction>;
  return { samples: seen.length, byBackend };
}
