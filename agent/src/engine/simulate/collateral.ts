/**
 * What the policy would have cost legitimate users: the share of their packets that would be dropped, out of all they
 * send to a target while something is done for it. Quiet days do not thin it out.
 *
 * Where samples are labelled, the labels say which packets are legitimate. Where they are not, it is estimated from what
 * the same target received before its incident; without any of both it is not known.
 */
import type { Simulation } from '@tidegate/schemas';
import type { Passage } from './kernel.ts';
import type { QuietTraffic } from './quiet.ts';

type Report = Simulation['collateral'];

interface Tally {
  /** Legitimate packets, and those of them that would be dropped. */
  packets: number;
  lost: number;
  /** Sampled packets that this rests on. */
  samples: number;
  seconds: number;
}

const empty = (): Tally => ({ packets: 0, lost: 0, samples: 0, seconds: 0 });

const noLegitimate =
  'no sample of the time in which something was done is labelled legitimate, so that nothing says what was lost';
const nothingKnown =
  'the samples are not labelled, and for most of the time in which something was done nothing is known of what the target received before';

export class Collateral {
  readonly #byLabels = empty();
  readonly #byQuiet = empty();
  #unknownSeconds = 0;

  /** @param quiet What reached the target before its incident, asked for only where labels do not tell. */
  add(passage: Passage, quiet: () => QuietTraffic | null, seconds: number): void {
    if (passage.seen.some(({ sample }) => sample.label !== undefined)) {
      this.#addLabelled(passage, seconds);
      return;
    }
    const before = quiet();
    if (before === null) this.#unknownSeconds += seconds;
    else this.#addQuiet(passage, before, seconds);
  }

  #addLabelled({ seen, packets }: Passage, seconds: number): void {
    const tally = this.#byLabels;
    const all = seen.reduce((sum, { sample }) => sum + sample.rate, 0);
    for (const { sample, fate } of seen) {
      if (sample.label !== 'legitimate') continue;
      const stands = (packets * sample.rate) / all;
      tally.packets += stands;
      tally.lost += stands * fate.lost;
      tally.samples += 1;
    }
    tally.seconds += seconds;
  }

  #addQuiet({ fateOf }: Passage, { packetsPerSecond, samples }: QuietTraffic, seconds: number): void {
    const tally = this.#byQuiet;
    let [all, lost] = [0, 0];
    for (const { packet, length, rate } of samples) {
      all += rate;
      lost += rate * fateOf(packet, length).lost;
    }
    const packets = packetsPerSecond * seconds;
    tally.packets += packets;
    tally.lost += (packets * lost) / all;
    tally.samples = Math.max(tally.samples, samples.length);
    tally.seconds += seconds;
  }

  report(): Report {
    const [labels, quiet] = [this.#byLabels, this.#byQuiet];
    const touchedSeconds = labels.seconds + quiet.seconds + this.#unknownSeconds;
    if (touchedSeconds === 0) return { packets: 0, share: 0, basis: null, samples: 0, reason: null };
    const tally = labels.seconds > 0 ? labels : quiet;
    if (labels.seconds > 0 && labels.packets === 0) return unknown(noLegitimate);
    if (labels.seconds === 0 && quiet.seconds <= this.#unknownSeconds) return unknown(nothingKnown);
    return {
      packets: Math.round(tally.lost),
      share: tally.packets === 0 ? 0 : Math.round((tally.lost / tally.packets) * 1e6) / 1e6,
      basis: tally === labels ? 'labels' : 'quiet-samples',
      samples: tally.samples,
      reason: null,
    };
  }
}

const unknown = (reason: string): Report => ({ packets: null, share: null, basis: null, samples: 0, reason });
