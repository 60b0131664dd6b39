import { describe, expect, it } from 'vitest';
import { ratioFeature, volumeFeature } from './features.ts';
import { Learning } from './learning.ts';

const target = '203.0.113.10';
const second = volumeFeature('packets', 1000)!;
const minute = volumeFeature('packets', 60_000)!;
const ratio = ratioFeature('answeredShare');

/** Seconds of a target, each told at its end, with the ten seconds and the minute that it closes. */
function setUp() {
  const told: string[] = [];
  const taught = new Map<number, number[]>([second, ratio, minute].map((feature) => [feature, []]));
  let at = 0;
  const baseline = {
    freeze: () => void told.push(`freeze at ${at}`),
    thaw: () => void told.push(`thaw at ${at}`),
    observe: (_: string, feature: number) => void taught.get(feature)!.push(at),
  };
  const learning = new Learning(baseline, (atNs) => Math.round(atNs / 1e6));
  return {
    ...{ told, taught },
    pass(seconds: number): void {
      for (let passed = 0; passed < seconds; passed++) {
        at += 1;
        const closed = [second, ...(at % 10 === 0 ? [ratio] : []), ...(at % 60 === 0 ? [minute] : [])];
        const observations = (take: (target: string, feature: number, value: number) => void): void => {
          for (const feature of closed) take(target, feature, 1);
        };
        learning.take({ observations }, at * 1e9);
      }
    },
    freeze: () => {
      learning.freeze(target, at * 1e9);
    },
    thaw: () => {
      learning.thaw(target, at * 1e9);
    },
  };
}

describe('learning', () => {
  it('leaves it to the baseline what is not learned during an attack, and says when it begins and ends', () => {
    const { told, pass, freeze, thaw } = setUp();
    pass(30);
    freeze();
    pass(1);
    freeze();
    thaw();
    thaw();
    expect(told).toEqual(['freeze at 30', 'thaw at 31']);
  });

  it('takes no window that holds a part of the attack', () => {
    const { taught, pass, freeze, thaw } = setUp();
    pass(115);
    freeze();
    pass(8);
    thaw();
    pass(120);
    // The seconds of the attack itself are the baseline's to refuse.
    expect(taught.get(second)).not.toContain(124);
    expect(taught.get(second)).toContain(125);
    expect(taught.get(ratio)!.filter((at) => at > 123)).toEqual([
      140, 150, 160, 170, 180, 190, 200, 210, 220, 230, 240,
    ]);
    expect(taught.get(minute)!.filter((at) => at > 123)).toEqual([240]);
  });
});
