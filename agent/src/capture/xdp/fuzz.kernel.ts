/**
 * The kernel program against the independent reading of testkit/reference: verdict, counters, rule hits and malformed
 * kinds of very many made-up and spoiled frames. TIDEGATE_TEST_FULL=1 runs a million; TIDEGATE_FUZZ_SEED sets the seed,
 * else it is the same every time.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createXdpRules } from '../../actions/xdp/index.ts';
import { defects } from '../../testkit/fuzz/defects.ts';
import { createObserver, fuzz, type Difference } from '../../testkit/fuzz/index.ts';
import { protect, rules, safelist } from '../../testkit/fuzz/scene.ts';
import { openVariant } from '../../testkit/fuzz/variant.ts';
import { createReference } from '../../testkit/reference/index.ts';
import { createXdpBed, type XdpBed } from '../../testkit/xdp.ts';
import type { XdpSource } from './index.ts';

const isFull = process.env['TIDEGATE_TEST_FULL'] === '1';
const seed = process.env['TIDEGATE_FUZZ_SEED'] ?? '20261125';
const framesPerRound = 30_000;
const rounds = Array.from({ length: isFull ? 17 : 1 }, (_, round) => round);
/** A planted mistake shows within as many frames. */
const framesToDefectMax = 30_000;

let bed: XdpBed;
let source: XdpSource;

beforeAll(async () => {
  bed = createXdpBed('z');
  source = bed.open({ protect, safelist, targetsMax: 64, samplesPerSecondMax: 1, looksPerSecondMax: 0 });
  const backend = createXdpRules(source.datapath);
  for (const rule of rules) await backend.apply({ ...rule, ttlMs: 3_600_000 });
});

afterAll(() => {
  bed.remove();
});

interface Run {
  readonly seed: string;
  readonly frames: number;
  readonly isOpening: boolean;
  readonly programFd: number;
}

/** The first difference, told. */
function run({ isOpening, programFd, ...options }: Run): Difference | null {
  source.datapath.setSwitch('decapsulateGre', isOpening);
  source.datapath.setSwitch('decapsulateIp', isOpening);
  const decapsulate = { gre: isOpening, ip: isOpening };
  const found = fuzz({
    ...options,
    observer: createObserver(source.datapath, programFd),
    reference: createReference({ protect, safelist, decapsulate, rules }),
  });
  const said = found === null ? `${options.frames} frames, no difference` : JSON.stringify(found, null, 2);
  console.log(`seed "${options.seed}": ${said}`);
  return found;
}

describe.each([
  { name: 'the outer packet is what counts', isOpening: false },
  { name: 'tunnels are opened', isOpening: true },
])('$name', ({ name, isOpening }) => {
  test.each(rounds)('round %i', (round) => {
    const { programFd } = source.datapath;
    const found = run({ seed: `${seed} ${name} ${round}`, frames: framesPerRound, isOpening, programFd });
    expect(found).toBeNull();
  });
});

describe('a mistake that is planted into the program is found', () => {
  test.each(defects)('$name', (defect) => {
    const variant = openVariant(defect, source.datapath, bed.instance);
    try {
      const { programFd } = variant;
      expect(run({ seed, frames: framesToDefectMax, isOpening: true, programFd })).not.toBeNull();
    } finally {
      variant.close();
    }
  });
});
