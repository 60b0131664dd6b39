/**
 * Replay: a recording in place of a network card, in virtual time.
 *
 * Promises: each `read` is the recording's next window, and its time is then the time of `clock`; nothing waits. Rules
 * are virtual: what they drop is estimated from the samples, and reported by the backend `replay`, so that no record
 * can be taken for a kernel's.
 */
import type { Clock } from '../../ports.ts';
import type { RuleBackend } from '../../actions/backend.ts';
import { VirtualKernel } from '../../engine/simulate/kernel.ts';
import type { KernelPolicy } from '../../engine/simulate/kernel.ts';
import { counterNames } from '../../engine/types.ts';
import type { Reading } from '../../engine/types.ts';
import type { CaptureSource } from '../source.ts';
import type { Recording } from './file.ts';
import { replayBackend } from './rules.ts';

export { readRecording } from './file.ts';
export type { Recording } from './file.ts';

export interface ReplaySource extends CaptureSource {
  /** Virtual time: the end of the window that was read last. */
  readonly clock: Clock;
  /** Whether every window was read; readings are empty from then on, and time stands still. */
  readonly ended: boolean;
  /** A backend on the rules of this replay; each call is like a fresh process. */
  openBackend(): RuleBackend;
}

/** Lists and ceilings are the policy's, and a replay has none: rules are all that drops here. */
const rulesAlone: KernelPolicy = { mode: 'enforce', protect: [], thresholds: [], safelist: [] };

export function openReplay({ header, windows }: Recording): ReplaySource {
  const startedAtMs = Date.parse(header.startedAt);
  const upcoming = windows[Symbol.iterator]();
  const totals = new Map<string, Float64Array>();
  let atNs = 0;
  let next = upcoming.next();
  const kernel = new VirtualKernel(rulesAlone);

  const read = (): Reading => {
    if (next.done === true)
      return { atNs, intervalNs: 1, targets: [], samples: [], samplesLost: 0, uncountedPackets: 0 };
    const { reading } = next.value;
    next = upcoming.next();
    atNs = reading.atNs;
    kernel.pass(reading);
    for (const { target, counts } of reading.targets) addTo(totals, target, counts);
    return reading;
  };
  return {
    kind: 'replay',
    description: `replay of ${header.node}`,
    clock: { monotonicNs: () => atNs, wallMs: () => startedAtMs + atNs / 1e6 },
    get ended() {
      return next.done === true;
    },
    read,
    peek: (target) => totals.get(target) ?? null,
    openBackend: () => replayBackend(kernel.rules, () => atNs),
    close: () => upcoming.return?.(),
  };
}

function addTo(totals: Map<string, Float64Array>, target: string, counts: Float64Array): void {
  const row = totals.get(target) ?? new Float64Array(counterNames.length);
  totals.set(target, row);
  counts.forEach((count, index) => (row[index] = row[index]! + count));
}
