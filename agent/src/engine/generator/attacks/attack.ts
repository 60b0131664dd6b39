/**
 * What an attack is to the generator: a family, parameters drawn by chance within the ranges of the real world, and one
 * packet after the other.
 */
import { endsOf } from '../addresses.ts';
import type { Ends } from '../addresses.ts';
import type { SeededRandom } from '../random.ts';

/** Whom an attack is sent to. */
export interface AttackScene extends Ends {
  readonly target: string;
  /** 16 bytes. Packets read it anew: an attack on a whole prefix moves it from host to host. */
  readonly destination: Uint8Array;
}

export const attackScene = (target: string): AttackScene => ({ target, ...endsOf(target) });

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Phases in which packets come and in which none do, from the start of the attack on. */
export interface Pulses {
  readonly onMs: number;
  readonly offMs: number;
}

export type Parameter = string | number | boolean | null | readonly Parameter[] | ParameterMap;
export interface ParameterMap {
  readonly [name: string]: Parameter;
}

/** One attack with its parameters fixed. */
export interface AttackShape {
  readonly family: string;
  /** What such attacks reach, fragments included. */
  readonly packetsPerSecond: Range;
  /** The next packet; several, in order, where a datagram comes in fragments. Whole IP packets. */
  packets(): Uint8Array[];
  /** Whether source addresses are not those of the machines that send. Reflectors send from their own. */
  readonly spoofed: boolean;
  /** For reports. */
  readonly parameters: ParameterMap;
  /** Which of several floods the packets that were given last belong to. @default the family */
  vector?(): string;
  /** Whether packets go to many hosts of the target's prefix, and not only to the target. @default false */
  readonly isPrefixWide?: boolean;
  /** @default without a pause */
  readonly pulses?: Pulses;
}

export interface AttackFamily {
  /** As in the policy's list of families. */
  readonly name: string;
  /** Whether the world knows it over IPv4 only. @default false */
  readonly isIpv4Only?: boolean;
  /** Roles of a server, as in legitimate/mix.ts, that it is mostly aimed at. @default any */
  readonly aimedAt?: readonly [string, ...string[]];
  draw(random: SeededRandom, scene: AttackScene): AttackShape;
}
