/** Floods of one kind of packet: what all of them share, and what each adds. */
import type { TrafficMatch } from '@tidegate/schemas';
import type { CounterName } from '../types.ts';
import { answerOf } from './answer.ts';
import { weigh } from './family.ts';
import type { Family, Verdict } from './family.ts';
import type { Members, Scene } from './scene.ts';
import { jumpSignal, massSignal, samplesSignal } from './signals.ts';
import type { Signal } from './signals.ts';
import { spoofingOf } from './spoofing.ts';
import type { Spoofing } from './spoofing.ts';
import type { Condition } from './traffic.ts';

export interface Flood {
  /** As in notes and policies. */
  readonly name: string;
  /** What its packets are, in words. */
  readonly title: string;
  readonly counter: CounterName;
  readonly isMember: Condition;
  /** Conditions that the kind itself means, beside the destination. */
  readonly conditions: (scene: Scene, members: Members) => Omit<TrafficMatch, 'destination'>;
  /** What speaks for and against an attack, beside its mass, its suddenness and the number of samples. */
  readonly signals: (scene: Scene, members: Members, spoofing: Spoofing) => readonly Signal[];
  /** Rules that go with the narrowest one. @default none */
  readonly companions?: (scene: Scene, members: Members) => readonly TrafficMatch[];
}

export function flood(options: Flood): Family {
  const { name, title, counter, isMember, conditions, signals, companions } = options;
  return {
    name,
    counter,
    isMember,
    judge(scene, members): Verdict | null {
      const mass = massSignal(scene, title, members.now);
      if (mass.factor === 0) return null;
      const spoofing = spoofingOf(members.now, members.quiet);
      const { confidence, reasons } = weigh([
        mass,
        ...signals(scene, members, spoofing),
        jumpSignal(scene, title, members),
        samplesSignal(members.now),
      ]);
      const { why, ...answer } = answerOf(scene, members, {
        base: { destination: scene.destination, ...conditions(scene, members) },
        spoofed: spoofing.likelihood,
        companions: companions?.(scene, members) ?? [],
        isMember,
      });
      return { confidence, reasons: [...reasons, ...why], spoofed: spoofing.likelihood, ...answer };
    },
  };
}
