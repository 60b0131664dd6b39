/** Who sends an attack: made-up sources, a botnet, a few rented machines, or reflectors that were asked. */
import { arrivingTtl, machineAddress, spoofedAddress } from '../addresses.ts';
import type { SeededRandom } from '../random.ts';
import type { AttackScene, ParameterMap } from './attack.ts';

export interface Sender {
  /** 16 bytes. */
  readonly source: Uint8Array;
  /** On arrival. */
  readonly ttl: number;
  /** Which machine; 0 where sources are made up. */
  readonly index: number;
}

export interface Senders {
  readonly isSpoofed: boolean;
  readonly parameters: ParameterMap;
  next(): Sender;
}

export type SenderKind = 'spoofed' | 'spoofedPrefix' | 'bots' | 'few';

/** Kinds with their weights. */
export type SenderMix = Readonly<Partial<Record<SenderKind, number>>>;

/** As raw-packet floods come: most from networks that let spoofing pass, the rest from bots and rented machines. */
export const rawSenders: SenderMix = { spoofed: 5, spoofedPrefix: 1, bots: 3, few: 1 };

export function drawSenders(random: SeededRandom, { isIpv4 }: AttackScene, mix: SenderMix): Senders {
  switch (drawKind(random, mix)) {
    case 'spoofed': {
      // Better tools leave out what nobody could have, or take their victims' and others' addresses from a list.
      const isCareful = random.chance(0.35);
      const address = isCareful ? machineAddress : spoofedAddress;
      const senders = isCareful ? 'spoofed, with routed addresses' : 'spoofed';
      return spoofed(random, () => address(random, isIpv4), { senders });
    }
    case 'spoofedPrefix':
      return fromPrefix(random, isIpv4);
    case 'bots':
      return machines(random, isIpv4, 'bots', Math.round(logUniform(random, 50, 5000)));
    case 'few':
      return machines(random, isIpv4, 'few', random.integer(1, 8));
  }
}

function drawKind(random: SeededRandom, mix: SenderMix): SenderKind {
  const kinds = Object.entries(mix) as [SenderKind, number][];
  let left = random.float() * kinds.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [kind, weight] of kinds) {
    left -= weight;
    if (left < 0) return kind;
  }
  return 'spoofed';
}

/** From `from` to `to`, each order of magnitude as likely as the next. */
export const logUniform = (random: SeededRandom, from: number, to: number): number =>
  from * (to / from) ** random.float();

/** Made-up sources. The machines behind them are few, and so are the TTLs, unless the tool makes those up as well. */
function spoofed(random: SeededRandom, address: () => Uint8Array, parameters: ParameterMap): Senders {
  const isTtlRandom = random.chance(0.25);
  const initial = random.pick([64, 64, 128, 255]);
  const ttls = Array.from({ length: random.integer(1, 40) }, () => arrivingTtl(random, initial));
  return {
    isSpoofed: true,
    parameters: { ...parameters, ttls: isTtlRandom ? 'random' : ttls.length },
    next: () => ({
      source: address(),
      ttl: isTtlRandom ? random.integer(32, 250) : (ttls[random.integer(0, ttls.length - 1)] ?? 64),
      index: 0,
    }),
  };
}

/** Spoofing that keeps to the sender's own network, where filters against it (BCP 38) are coarse. */
function fromPrefix(random: SeededRandom, isIpv4: boolean): Senders {
  const network = machineAddress(random, isIpv4);
  const hostBytes = isIpv4 ? 2 : 8;
  const address = (): Uint8Array => {
    const bytes = network.slice();
    for (let index = 16 - hostBytes; index < 16; index++) bytes[index] = random.integer(0, 255);
    return bytes;
  };
  return spoofed(random, address, { senders: 'spoofed in one prefix' });
}

/** Machines with addresses of their own; the strongest send many times what the weakest do. */
export function machines(
  random: SeededRandom,
  isIpv4: boolean,
  name: string,
  count: number,
  initialTtl?: number,
): Senders {
  // Each is made up when it first sends: few of some thousand have their turn in a short attack.
  const known = new Map<number, Sender>();
  const sender = (index: number): Sender => {
    const before = known.get(index);
    if (before !== undefined) return before;
    const fresh = {
      source: machineAddress(random, isIpv4),
      ttl: arrivingTtl(random, initialTtl),
      index,
    };
    known.set(index, fresh);
    return fresh;
  };
  const skew = 1 + random.float() * 1.5;
  return {
    isSpoofed: false,
    parameters: { senders: name, machines: count },
    next: () => sender(Math.floor(count * random.float() ** skew)),
  };
}
