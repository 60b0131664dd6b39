/** What a saved baseline says of itself: its features, so that it can be read when they have changed, and pins. */
import { refused } from './refused.ts';
import type { Feature } from './feature.ts';

export interface SavedPin {
  readonly target: string;
  readonly feature: string;
  readonly median: number;
  readonly high: number;
}

export interface Header {
  readonly features: readonly Feature[];
  readonly pins: readonly SavedPin[];
}

/** More features, or pins, than anybody has. */
const listMax = 65_536;

export function checkHeader(value: unknown): Header {
  const { features, pins } = (value ?? {}) as { features?: unknown; pins?: unknown };
  if (!Array.isArray(features) || !Array.isArray(pins) || features.length > listMax || pins.length > listMax)
    throw refused('its header does not have its shape');
  if (!features.every(isFeature) || !pins.every(isPin)) throw refused('its header does not have its shape');
  return { features, pins };
}

function isFeature(value: unknown): value is Feature {
  const { name, everyMs, offset } = (value ?? {}) as Record<string, unknown>;
  return typeof name === 'string' && typeof everyMs === 'number' && typeof offset === 'number';
}

function isPin(value: unknown): value is SavedPin {
  const { target, feature, median, high } = (value ?? {}) as Record<string, unknown>;
  return (
    typeof target === 'string' &&
    typeof feature === 'string' &&
    typeof median === 'number' &&
    typeof high === 'number' &&
    median >= 0 &&
    high >= median &&
    high < Infinity
  );
}
