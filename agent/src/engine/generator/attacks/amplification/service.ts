/** A service that answers more than it is asked, to whom it believes has asked. */
import type { SeededRandom } from '../../random.ts';
import type { Range } from '../attack.ts';

export interface AmplifyingService {
  /** The family is called `NAME_amplification`. */
  readonly name: string;
  /** Where the service answers from. */
  readonly port: number;
  /** How many reflectors an attack finds and uses. */
  readonly reflectors: Range;
  /**
   * What one reflector answers to one question: a datagram's payload, or several. Every reflector is asked for its
   * answers once, and repeats them.
   */
  answers(random: SeededRandom): Uint8Array[];
  /** Where an answer repeats something of the question that changes, such as an identifier: bytes from the start. */
  readonly echoes?: Range;
  /** Answers also from other ports than the service's own, as some do. Share of the reflectors. @default 0 */
  readonly shareOtherPorts?: number;
  /** @default false */
  readonly isIpv4Only?: boolean;
}
