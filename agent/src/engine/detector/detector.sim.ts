/**
 * Windows and detector alone, on packets of the generator, without a learned baseline: every attack family reaches tier B
 * within the third window that it is in (of attacks of so few packets there are some dozen samples in each), and a surge
 * of legitimate traffic never does. Once as XDP counts, in both directions and with known sources; for legitimate traffic
 * also as libpcap counts, what comes alone.
 */
import { describe, expect, it } from 'vitest';
import { attackScript, benignScript } from '../../bench/detection/families/capture.ts';
import type { Script } from '../../bench/detection/families/capture.ts';
import { attackFamilies } from '../generator/index.ts';
import { counter } from '../types.ts';
import type { CounterName, Reading, TargetWindow } from '../types.ts';
import { Windows } from '../window/index.ts';
import { Detector } from './index.ts';

const isFull = process.env['TIDEGATE_TEST_FULL'] === '1';
const draws = isFull ? 20 : 1;
const captures = isFull ? 400 : 6;
const windowMs = 100;
const protect = ['203.0.113.0/24', '2001:db8::/32'];
const byLibpcap: readonly CounterName[] = [
  ...(['outPackets', 'outBytes', 'outTcpSynAck', 'outTcpRst', 'outIcmpUnreachable'] as const),
  ...(['sourcesSampled', 'sourcesNew'] as const),
];

/** Connections that are completed look like a crowd until it is clear that they carry nothing. */
const windowsMax = (family: string): number => (family === 'tcp_connection_flood' ? 6 : 3);

interface Outcome {
  /** From the beginning of the attack to the end of the window, ms; null where it was not reached. */
  tierBMs: number | null;
  reasons: string[];
}

function look(script: Script, floorPacketsPerSecond: number, hidden: readonly CounterName[]): Outcome {
  const windows = new Windows();
  windows.protect(protect);
  const detector = new Detector({ wallMsAt: (atNs) => atNs / 1e6 });
  const threshold = { name: 'default', targets: [], floorPacketsPerSecond, floorBitsPerSecond: null };
  detector.setThresholds([{ ...threshold, holdMs: 0, releaseRatio: 0.5 }], protect);
  const outcome: Outcome = { tierBMs: null, reasons: [] };
  const observe = (window: TargetWindow): void => {
    const seen = detector.observe(window, 1000);
    if (seen.phase === 'over' || seen.phase === 'held' || seen.phase === 'quiet')
      windows.disturb(window.target);
    if (seen.phase !== 'over' || outcome.tierBMs !== null) return;
    outcome.reasons = seen.deviation.signals.map(
      ({ name, score, reason }) => `${name} ${score.toFixed(2)}: ${reason}`,
    );
    if (seen.deviation.tier === 'B') outcome.tierBMs = (window.atNs - script.startNs) / 1e6;
  };
  for (const { reading } of script.play()) {
    hide(reading, hidden);
    for (const window of windows.fold(reading)) observe(window);
    for (const window of windows.prefixes()) observe(window);
    windows.observations(() => undefined);
  }
  return outcome;
}

function hide({ targets }: Reading, names: readonly CounterName[]): void {
  for (const { counts } of targets) for (const name of names) counts[counter[name]] = 0;
}

describe('attacks', () => {
  const all = attackFamilies.flatMap((family) =>
    Array.from({ length: draws }, (_, draw) => ({ family, name: family.name, draw })),
  );
  it.each(all)('$name, draw $draw: tier B within some windows', ({ family, name, draw }) => {
    const seed = `tune-detector ${name} ${draw}`;
    const rates = { quietMs: 3000, attackMs: 700, attackPacketsPerSecond: 8000 };
    const { tierBMs, reasons } = look(attackScript({ seed, family, ...rates }), 5000, []);
    expect(tierBMs, reasons.join('\n')).not.toBeNull();
    expect(tierBMs, reasons.join('\n')).toBeLessThanOrEqual(windowsMax(name) * windowMs);
  });
});

describe.each([
  { by: 'XDP', hidden: [] },
  { by: 'libpcap', hidden: byLibpcap },
])('legitimate traffic by $by', ({ hidden }) => {
  it.each(Array.from({ length: captures }, (_, number) => number))(
    'capture %i is never answered',
    (number) => {
      const rates = { quietMs: 3000, surgeMs: 1500, packetsPerSecond: 1200 };
      const script = benignScript({ seed: `tune-detector benign ${number}`, ...rates });
      const { tierBMs, reasons } = look(script, 2400, hidden);
      expect(tierBMs, [script.surge, ...reasons].join('\n')).toBeNull();
    },
  );
});
