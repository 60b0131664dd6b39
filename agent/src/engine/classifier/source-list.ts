/**
 * Rules by source, for floods that a few real machines send. A source that is made up says nothing, and a rule on it
 * would hit whoever owns the address (DESIGN.md, rail 10).
 */
import { formatAddress } from '@tidegate/schemas';
import { sourceBytes } from '../packet/index.ts';
import { sourceKey } from './signals.ts';
import type { Seen, Traffic } from './traffic.ts';

/** Rules that one attack may become. */
const sourcesMax = 8;
const coverageMin = 0.97;
const spoofedMax = 0.3;
/** Fewer samples from a source could be chance. */
const samplesMin = 3;

/** The sources that carry an attack, as prefixes of one address each; null where they are many, or may be made up. */
export function sourceList({ seen, excess }: Traffic, spoofed: number): string[] | null {
  if (spoofed > spoofedMax || excess === 0) return null;
  const sources = new Map<string, { sample: Seen; excess: number; samples: number }>();
  for (const one of seen) {
    const key = sourceKey(one);
    const known = sources.get(key);
    if (known === undefined) sources.set(key, { sample: one, excess: one.excess, samples: 1 });
    else {
      known.excess += one.excess;
      known.samples += 1;
    }
  }
  const chosen: string[] = [];
  let covered = 0;
  for (const source of [...sources.values()].sort((a, b) => b.excess - a.excess)) {
    if (chosen.length === sourcesMax || source.samples < samplesMin || covered >= coverageMin * excess) break;
    const { packet } = source.sample;
    chosen.push(`${formatAddress(sourceBytes(packet))}/${packet.version === 4 ? 32 : 128}`);
    covered += source.excess;
  }
  return covered >= coverageMin * excess ? chosen : null;
}
