/** Captures from the generator, as files. */
import { pcapFile } from '../capture-file/write.contract.ts';
import {
  SeededRandom,
  attackFamily,
  attackScene,
  attackTraffic,
  drawMix,
  generate,
} from '../generator/index.ts';
import type { GeneratedPacket } from '../generator/index.ts';
import { CaptureAnalysis } from './index.ts';
import type { AnalyzeOptions } from './index.ts';
import type { Analysis } from '@tidegate/schemas';

const startNs = 1_700_000_000_000_000_000n;
const raw = 101;

export interface CaptureOptions {
  readonly seed: string;
  readonly target: string;
  /** Null for none. */
  readonly family: string | null;
  /** Legitimate traffic alone, before the attack. */
  readonly quietMs: number;
  readonly attackMs: number;
  /** @default 5000 */
  readonly attackPacketsPerSecond?: number;
  /** Legitimate packets. @default 30 % of all, while the attack lasts */
  readonly packetsPerSecond?: number;
}

/** Packets in both directions, in the order of their times. */
export function capturePackets(options: CaptureOptions): GeneratedPacket[] {
  const { seed, target, family, quietMs, attackMs, attackPacketsPerSecond = 5000 } = options;
  const packetsPerSecond = options.packetsPerSecond ?? (attackPacketsPerSecond * 3) / 7;
  const mix = drawMix({ target, random: new SeededRandom(`${seed} mix`), packetsPerSecond });
  const shape =
    family === null
      ? null
      : attackFamily(family).draw(new SeededRandom(`${seed} attack`), attackScene(target));
  const timing = {
    target,
    packetsPerSecond: attackPacketsPerSecond,
    startNs: quietMs * 1e6,
    endNs: (quietMs + attackMs) * 1e6,
  };
  const sources = shape === null ? mix.sources : [...mix.sources, attackTraffic(shape, timing)];
  return [...generate({ seed, sources, durationMs: quietMs + attackMs })].flatMap(({ packets }) => packets);
}

export const fileOf = (packets: readonly GeneratedPacket[]): Uint8Array =>
  pcapFile(
    packets.map(({ atNs, bytes }) => ({ atNs: startNs + BigInt(Math.round(atNs)), bytes })),
    { resolution: 'nano', linkType: raw },
  );

export function analyse(file: Uint8Array, options: AnalyzeOptions = {}): Analysis {
  const analysis = new CaptureAnalysis(options);
  analysis.push(file);
  return analysis.end();
}
