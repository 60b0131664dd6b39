/**
 * How likely the sources of packets are made up, told from samples alone. Each finding has a reason that needs no
 * knowledge of this network: addresses that nobody can send from, and times to live that no path gives.
 */
import { commonest, effectiveCount, excessShare, ramp, sourceKey } from './signals.ts';
import type { Seen, Traffic } from './traffic.ts';

export interface Spoofing {
  /** 0 to 1; 0.3 where nothing is known. */
  readonly likelihood: number;
  readonly reason: string;
}

/** Without any finding. Sources that come back again and again are most likely real. */
const unknown = 0.3;
const real = 0.1;
const samplesMin = 12;

/**
 * "This network", loopback, multicast and reserved (IANA, IPv4 special-purpose address registry): never a source on any
 * network. Private and shared ranges are left out: a target inside of a provider sees them.
 */
const isImpossible4 = (data: Uint8Array): boolean => data[12]! === 0 || data[12]! === 127 || data[12]! >= 224;

/**
 * Outside of what IANA has given to the registries out of 2000::/3 (IPv6 global unicast address assignments), or, below
 * that, anything but local ranges.
 */
function isImpossible6(data: Uint8Array): boolean {
  const [first, second] = [data[8]!, data[9]!];
  if ((first & 0xfe) === 0xfc || (first === 0xfe && (second & 0xc0) === 0x80)) return false;
  if (first === 0x20) return second > 0x03;
  const twelve = (first << 4) | (second >> 4);
  return ![0x240, 0x241, 0x260, 0x261, 0x262, 0x263, 0x280, 0x2a0, 0x2a1, 0x2c0].includes(twelve);
}

/** Systems begin with 64, 128 or 255, some with 32, and no path in the Internet is longer than some 40 hops. */
const startingTtls = [32, 64, 128, 255];
const hopsMax = 40;
const isImpossibleTtl = (ttl: number): boolean => {
  const start = startingTtls.find((value) => value >= ttl)!;
  return start - ttl > hopsMax;
};

/** First 16 bits of an IPv4 address, 32 of an IPv6 one: about a network. */
const networkKey = ({ packet: { data, version } }: Seen): number =>
  version === 4
    ? (data[12]! << 8) | data[13]!
    : ((data[8]! << 24) | (data[9]! << 16) | (data[10]! << 8) | data[11]!) >>> 0;

/** So many networks cannot all be the same number of hops away. */
const networksMin = 20;

interface Finding {
  readonly strength: number;
  readonly reason: string;
}

/** @param quiet The same kind of packets from quiet times: what it shows, too, is no finding. */
export function spoofingOf({ seen }: Traffic, quiet: Traffic): Spoofing {
  const doubtful = seen.filter(({ excess, weight }) => excess >= weight / 2);
  if (doubtful.length < samplesMin) return { likelihood: unknown, reason: '' };
  const findings = [
    addressFinding(doubtful),
    ttlFinding(doubtful, quiet.seen),
    oneTtlFinding(doubtful, quiet.seen),
  ];
  const senders = effectiveCount(doubtful, sourceKey);
  const base = senders < doubtful.length / 3 ? real : unknown;
  const doubt = findings.reduce((product, { strength }) => product * (1 - strength), 1 - base);
  const told = findings.filter(({ strength }) => strength >= 0.2);
  return {
    likelihood: Math.round((1 - doubt) * 100) / 100,
    reason: told.map(({ reason }) => reason).join('; '),
  };
}

function addressFinding(seen: readonly Seen[]): Finding {
  const isIpv4 = seen[0]!.packet.version === 4;
  const share = excessShare(seen, ({ packet: { data } }) =>
    isIpv4 ? isImpossible4(data) : isImpossible6(data),
  );
  return {
    // Drawn at random from all addresses, one in eight (IPv4) or nearly all (IPv6) would be such.
    strength: 0.95 * (isIpv4 ? ramp(share, 0.01, 0.05) : ramp(share, 0.1, 0.4)),
    reason: `${(share * 100).toFixed(0)} % of the sources are addresses that nobody sends from, so they are made up`,
  };
}

function ttlFinding(seen: readonly Seen[], quiet: readonly Seen[]): Finding {
  const share = excessShare(seen, ({ packet }) => isImpossibleTtl(packet.ttl));
  const usual = excessShare(quiet, ({ packet }) => isImpossibleTtl(packet.ttl));
  return {
    strength: 0.9 * ramp(share - usual, 0.05, 0.25),
    reason: `${(share * 100).toFixed(0)} % have a time to live that no path leaves`,
  };
}

function oneTtlFinding(seen: readonly Seen[], quiet: readonly Seen[]): Finding {
  const ttlOf = ({ packet }: Seen): number => packet.ttl;
  const now = commonest(seen, ttlOf);
  const isUsual = quiet.length > 0 && (commonest(quiet, ttlOf)?.share ?? 0) > 0.6;
  const networks = new Set(seen.map(networkKey)).size;
  const isOne = now !== null && now.share >= 0.95 && networks >= networksMin && !isUsual;
  return {
    strength: isOne ? (quiet.length > 0 ? 0.85 : 0.6) : 0,
    reason: `${networks} networks, all with time to live ${now?.value ?? '?'}: one machine sends in their names`,
  };
}
