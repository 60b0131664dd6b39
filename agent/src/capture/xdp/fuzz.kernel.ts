/**
 * The kernel program against the independent reading of testkit/reference: verdict, counters, rule hits and malformed
 * kinds of very many made-up and spoiled frames. TIDEGATE_TEST_FULL=1 runs a million; TIDEGATE_FUZZ_SEED sets the seed,
 * else it is the same every time.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createXdpRules } from '../../actions/xdp/index.ts';
import { defects } from '../../testkit/fuzz/defects.ts';
import { createObserver, differs, fuzz } from '../../testkit/fuzz/index.ts';
import { protect, rules, safelist } from '../../testkit/fuzz/scene.ts';
import { openVariant } from '../../testkit/fuzz/variant.ts';
import { createReference, type Reference } from '../../testkit/reference/index.ts';
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

/** Sets what is opened, and gives the reading that is right for it. */
function referenceFor(isOpening: boolean): Reference {
  source.datapath.setSwitch('decapsulateGre', isOpening);
  source.datapath.setSwitch('decapsulateIp', isOpening);
  return createReference({ protect, safelist, decapsulate: { gre: isOpening, ip: isOpening }, rules });
}

describe.each([
  { name: 'the outer packet is what counts', isOpening: false },
  { name: 'tunnels are opened', isOpening: true },
])('$name', ({ name, isOpening }) => {
  test.each(rounds)('round %i', (round) => {
    const { datapath } = source;
    const reference = referenceFor(isOpening);
    const observer = createObserver(datapath, datapath.programFd);
    const own = `${seed} ${name} ${round}`;
    const found = fuzz({ seed: own, frames: framesPerRound, observer, reference });
    const said = found === null ? 'no difference' : JSON.stringify(found, null, 2);
    console.log(`seed "${own}", ${framesPerRound} frames: ${said}`);
    expect(found).toBeNull();
  });
});

describe('a mistake that is planted into the program is found', () => {
  test.each(defects)('$name', (defect) => {
    const { datapath } = source;
    const reference = referenceFor(true);
    const variant = openVariant(defect, datapath, bed.instance);
    try {
      const observer = createObserver(datapath, variant.programFd);
      const found = fuzz({ seed, frames: framesToDefectMax, observer, reference });
      console.log(`${defect.name}: found by frame ${found?.frames ?? 'none'}, ${found?.frame ?? ''}`);
      expect(found).not.toBeNull();
      // It is the mistake that was found: the program without it reads this frame right.
      const frame = Buffer.from(found!.frame, 'hex');
      expect(differs(frame, createObserver(datapath, datapath.programFd), reference)).toBe(false);
    } finally {
      variant.close();
    }
  });
});
