/** What a rule would take from legitimate traffic, told from packets of quiet times. */
import { dnsPort, ipProtocol } from '../../packet/index.ts';
import type { Condition, Seen } from '../traffic.ts';

/** Fewer samples say nothing of a class of their own. */
const classSamplesMin = 8;
/**
 * Share of all quiet packets that a rule may hit, and of a class of them, before it counts as no answer. One in 512
 * samples is 0.2 %; with two it may well be more than the 0.5 % that are the aim.
 */
const allMax = 0.003;
const classMax = 0.05;

/**
 * Port scanners send requests without a single TCP option, and reach every address all the time; no client does, since
 * every system announces at least its segment size (RFC 9293, section 3.7.1).
 */
const isScan: Condition = ({ kind, packet }) => kind === 'syn' && !packet.tcpHasOptions;

export interface Share {
  readonly share: number;
  /** Samples that it was told from. */
  readonly samples: number;
  readonly hits: number;
}

export interface Collateral {
  readonly all: Share;
  /** The class that is hit hardest; `all` where no class is hit harder. */
  readonly worst: Share & { readonly name: string };
}

/**
 * Classes without which a service is dead, though they are few among all packets. Echo is left out: it is what people
 * look with, not what a service is made of; errors are exempt from every rule in the kernel.
 */
function classOf({ kind, packet }: Seen): string | null {
  switch (kind) {
    case 'syn':
      return 'connection requests';
    case 'syn_ack':
      return 'answers to own connections';
    case 'icmp':
      return null;
    case 'udp':
      return packet.sourcePort === dnsPort ? 'dns answers' : 'udp';
    case 'fragment':
      return packet.protocol === ipProtocol.udp ? null : 'fragments';
    case 'gre':
    case 'esp':
    case 'other':
      return `protocol ${packet.protocol}`;
    default:
      return 'tcp';
  }
}

/** Null without quiet samples. */
export function measure(quiet: readonly Seen[], hits: Condition): Collateral | null {
  const seen = quiet.filter((one) => !isScan(one));
  if (seen.length === 0) return null;
  const all = new Tally();
  const classes = new Map<string, Tally>();
  for (const one of seen) {
    const isHit = hits(one);
    all.add(one, isHit);
    const name = classOf(one);
    if (name === null) continue;
    let tally = classes.get(name);
    if (tally === undefined) classes.set(name, (tally = new Tally()));
    tally.add(one, isHit);
  }
  let worst = { name: 'all', ...all.share };
  for (const [name, tally] of classes) {
    if (tally.samples < classSamplesMin || tally.share.share <= worst.share) continue;
    worst = { name, ...tally.share };
  }
  return { all: all.share, worst };
}

class Tally {
  #weight = 0;
  #hit = 0;
  #hits = 0;
  samples = 0;

  add({ weight }: Seen, isHit: boolean): void {
    this.samples += 1;
    this.#weight += weight;
    if (!isHit) return;
    this.#hit += weight;
    this.#hits += 1;
  }

  get share(): Share {
    const share = this.#weight === 0 ? 0 : this.#hit / this.#weight;
    return { share, samples: this.samples, hits: this.#hits };
  }
}

/**
 * Share of the quiet packets that a rule hits, 0 to 1: of all of them, or of the class that it hits hardest, whichever
 * is more. Null without quiet samples.
 */
export const collateralOf = (quiet: readonly Seen[], hits: Condition): number | null =>
  measure(quiet, hits)?.worst.share ?? null;

/** Whether a rule takes little enough of quiet traffic to drop what it hits; without quiet samples nothing is known. */
export function isSparing(quiet: readonly Seen[], hits: Condition): boolean {
  const found = measure(quiet, hits);
  return found === null || (found.all.share <= allMax && found.worst.share <= classMax);
}
