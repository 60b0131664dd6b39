/**
 * What the classifier makes of a capture: windows as the agent would have them, 100 ms after the other, and a deviation
 * that says no more than that there is one. The detector has a bench of its own.
 */
import { classify } from '../../../engine/classifier/index.ts';
import { counterNames } from '../../../engine/types.ts';
import type { Attack, Deviation, Reading, Sample, TargetWindow } from '../../../engine/types.ts';
import type { Capture } from './capture.ts';

const samplesMax = 512;
/** Before this, sessions of the mix only begin. */
const warmUpNs = 800e6;

export interface Verdict {
  /** Empty where nothing was named. */
  readonly attacks: readonly Attack[];
  /** From the first packet of the attack to the end of the window that was named, ms. */
  readonly afterMs: number;
}

const nothing: Verdict = { attacks: [], afterMs: Infinity };

/** What is named at a target's first windows over its limit; `capture.startNs` is when the limit is exceeded. */
export function judge(capture: Capture): Verdict {
  const { startNs } = capture;
  const isPrefixWide = capture.attack?.isPrefixWide === true;
  const watch = new Watch(isPrefixWide ? prefixOf(capture.target) : capture.target, isPrefixWide);
  for (const { reading } of capture.windows) {
    watch.take(reading, reading.atNs <= startNs);
    if (reading.atNs <= startNs) continue;
    const window = watch.window(reading);
    const attacks = classify(window, deviationOf(window, startNs));
    if (attacks.length > 0) return { attacks, afterMs: (reading.atNs - startNs) / 1e6 };
  }
  return nothing;
}

const prefixOf = (target: string): string =>
  target.includes(':') ? '2001:db8::/48' : `${target.split('.').slice(0, 3).join('.')}.0/24`;

/** Keeps what a window keeps: the last second's samples, and some of the quiet time. */
class Watch {
  readonly #target: string;
  readonly #isPrefix: boolean;
  readonly #quiet: Sample[] = [];
  #recent: Sample[] = [];
  #quietPackets = 0;
  #quietMs = 0;

  constructor(target: string, isPrefix: boolean) {
    this.#target = target;
    this.#isPrefix = isPrefix;
  }

  take(reading: Reading, isQuiet: boolean): void {
    const { atNs, samples, intervalNs } = reading;
    this.#recent = [...this.#recent.filter((sample) => sample.atNs >= atNs - 1e9), ...samples];
    if (!isQuiet || atNs <= warmUpNs) return;
    this.#quietMs += intervalNs / 1e6;
    this.#quietPackets += this.#packets(reading).packets;
    // Spread over the window, as the agent takes them.
    const step = Math.max(1, Math.floor(samples.length / quietPerWindow));
    for (let at = 0; at < samples.length; at += step) this.#quiet.push(samples[at]!);
  }

  window(reading: Reading): TargetWindow {
    const intervalMs = reading.intervalNs / 1e6;
    const { counts, packets, bytes } = this.#packets(reading);
    return {
      target: this.#target,
      atNs: reading.atNs,
      intervalMs,
      counts,
      packetsPerSecond: (packets * 1000) / intervalMs,
      bitsPerSecond: (bytes * 8000) / intervalMs,
      quietPacketsPerSecond: (this.#quietPackets * 1000) / this.#quietMs,
      recentSamples: this.#recent.slice(-samplesMax),
      quietSamples: this.#quiet.slice(-samplesMax),
    };
  }

  #packets({ targets }: Reading): { counts: Float64Array; packets: number; bytes: number } {
    const counts = new Float64Array(counterNames.length);
    for (const one of targets) {
      if (!this.#isPrefix && one.target !== this.#target) continue;
      for (let index = 0; index < counts.length; index++) counts[index]! += one.counts[index]!;
    }
    return { counts, packets: counts[0]!, bytes: counts[1]! };
  }
}

/** 512 quiet samples after a little more than a second; the agent, which takes 4 a window, has them after 13. */
const quietPerWindow = 40;

function deviationOf(window: TargetWindow, sinceNs: number): Deviation {
  const { target, packetsPerSecond, bitsPerSecond, intervalMs, quietPacketsPerSecond } = window;
  const usual = quietPacketsPerSecond ?? 0;
  const limit = usual * 1.5;
  return {
    target,
    tier: 'B',
    confidence: 0.8,
    volume: { metric: 'packets', scaleMs: intervalMs, value: packetsPerSecond, limit, usual },
    signals: [],
    evidence: {
      metric: 'packets',
      value: packetsPerSecond,
      threshold: limit,
      packetsPerSecond,
      bitsPerSecond,
      samples: window.recentSamples.filter(({ atNs }) => atNs >= sinceNs).length,
      windowMs: intervalMs,
      firstPacketAt: '2026-01-01T00:00:00.000Z',
    },
    threshold: 'default',
    sinceNs,
  };
}
