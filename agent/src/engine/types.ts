/** What the stages of the line hand to each other. Pure data; no stage imports another stage. */
import type { CeilingClass, Evidence, TrafficMatch } from '@tidegate/schemas';

/**
 * Counters of one target. `packets` and `bytes` count everything addressed to the target, also what is then dropped;
 * bytes are IP bytes (header included). `dropped*` are the part that was not handed to the stack, by a rule, a
 * ceiling, a blocklist or a SYN cookie; `wouldDropPackets` the part that observe mode let pass. `out*` is what the
 * target sent, where the source sees that; `sources*` are packets whose source was looked at, weighted by the sampling
 * rate, and those of them from a source never seen before. `above*` are the parts of `ceilingPackets` that were above the
 * ceiling of one class.
 */
export const counterNames = [
  'packets',
  'bytes',
  'droppedPackets',
  'droppedBytes',
  'tcpPackets',
  'tcpBytes',
  'udpPackets',
  'udpBytes',
  'icmpPackets',
  'icmpBytes',
  'otherPackets',
  'otherBytes',
  'fragments',
  'tcpSyn',
  'tcpSynAck',
  'tcpAck',
  'tcpRst',
  'tcpFin',
  'tcpInvalid',
  'udpAmplifierPackets',
  'udpAmplifierBytes',
  'udpDnsPackets',
  'udpDnsBytes',
  'icmpEchoRequests',
  'icmpEchoReplies',
  'icmpUnreachable',
  'grePackets',
  'espPackets',
  'outPackets',
  'outBytes',
  'outTcpSynAck',
  'outTcpRst',
  'outIcmpUnreachable',
  'wouldDropPackets',
  'blockedPackets',
  'indicatorPackets',
  'sourcesSampled',
  'sourcesNew',
  'ceilingPackets',
  'overBaselinePackets',
  'abovePackets',
  'aboveBits',
  'aboveSyn',
  'aboveTcp',
  'aboveUdp',
  'aboveIcmp',
  'aboveFragments',
  'aboveOther',
] as const;
export type CounterName = (typeof counterNames)[number];
/** Index of each counter in a row. */
export const counter = Object.fromEntries(counterNames.map((name, index) => [name, index])) as Record<
  CounterName,
  number
>;

/** Where the packets above the ceiling of a class are counted. */
export const ceilingCounter: Readonly<Record<CeilingClass, CounterName>> = {
  packets: 'abovePackets',
  bits: 'aboveBits',
  syn: 'aboveSyn',
  tcp: 'aboveTcp',
  udp: 'aboveUdp',
  icmp: 'aboveIcmp',
  fragments: 'aboveFragments',
  other: 'aboveOther',
};

/** A sampled packet: its first bytes from the IP header on, at most 128. */
export interface Sample {
  readonly target: string;
  /** Kernel monotonic time, ns (exact to 2^53, then to 2 ns). */
  readonly atNs: number;
  /** Length of the whole IP packet, bytes. */
  readonly length: number;
  /** One of how many packets this sample stands for. */
  readonly rate: number;
  readonly data: Uint8Array;
  /** Whether its source is a threat indicator. @default false */
  readonly isIndicator?: boolean;
  /** Only in recordings: what the generator says it is. */
  readonly label?: 'legitimate' | 'attack';
}

/** What one target received since the reading before. */
export interface TargetReading {
  /** Canonical text (RFC 5952 for IPv6). */
  readonly target: string;
  /** Differences since the reading before, indexed by `counter`. Valid until the next read. */
  readonly counts: Float64Array;
}

/** One look at a capture source. Covers the interval that really passed, also when the tick came late. */
export interface Reading {
  /** Kernel monotonic time of the end of the interval, ns. */
  readonly atNs: number;
  /** Length of the interval, ns. */
  readonly intervalNs: number;
  /** Only targets that received something. */
  readonly targets: readonly TargetReading[];
  readonly samples: readonly Sample[];
  /** Samples that did not fit. */
  readonly samplesLost: number;
  /** Packets that could not be counted by target, because the table of targets was full. */
  readonly uncountedPackets: number;
  /** What the host itself counted since the reading before; left out where the source cannot tell. */
  readonly host?: HostReading;
}

/** Signs of a server that cannot keep up, as differences since the reading before. */
export interface HostReading {
  /** Connection requests that found a full backlog, `ListenOverflows` and `ListenDrops` of `/proc/net/netstat`. */
  readonly listenOverflows: number;
  /** SYN cookies that the kernel sent, `SyncookiesSent`. */
  readonly synCookiesSent: number;
  /** Packets that the network cards could not take, `rx_dropped` and `rx_missed_errors`. */
  readonly cardDrops: number;
  /** Share of the busiest CPU's time that went into softirqs, 0 to 1. */
  readonly softirqShare: number;
}

/** What a target received over about a second or longer. */
export interface ScaleWindow {
  readonly scaleMs: 1000 | 10_000 | 60_000;
  /** What really passed, ms; less than the scale until there was so much. */
  readonly intervalMs: number;
  /** Indexed by `counter`; zero for the counters that no volume and no ratio is made of. */
  readonly counts: Float64Array;
}

/** What a target received before and beside its last reading. */
export interface TargetHistory {
  /** How many seconds were closed so far; `scales` changes only when this does. */
  readonly second: number;
  /** Of 1 s, 10 s and 60 s, up to the second that was closed last. */
  readonly scales: readonly ScaleWindow[];
  /** Counts a second in quiet times, indexed by `counter`; null before there were any. */
  readonly quietPerSecond: Float64Array | null;
  /** The host's signs, at most 2 s old; null where nobody tells. */
  readonly host: HostReading | null;
}

/** What is usual for one feature of a target at this hour of the week. */
export interface Usual {
  readonly median: number;
  /** Robust standard deviation of the logarithm. */
  readonly spread: number;
  /** About what one observation in a thousand exceeds. */
  readonly high: number;
  /** How many observations stand behind it. */
  readonly count: number;
  /** Since the first of them, ms. */
  readonly ageMs: number;
}

/** A target's window: what the detector and the classifier see. */
export interface TargetWindow {
  /** Address, or prefix such as 203.0.113.0/24 for those of its addresses together that have no trouble of their own. */
  readonly target: string;
  readonly atNs: number;
  /** What `packetsPerSecond` and `bitsPerSecond` are measured over: the last reading, or several short ones. */
  readonly intervalMs: number;
  /** Of the last reading; all zero where the target received nothing. */
  readonly counts: Float64Array;
  readonly packetsPerSecond: number;
  readonly bitsPerSecond: number;
  /** Mean rate in quiet times, null before there was one. */
  readonly quietPacketsPerSecond: number | null;
  /** Samples of this target from the last second, newest last, at most 512. */
  readonly recentSamples: readonly Sample[];
  /** Samples of this target from quiet windows, at most 512: what legitimate traffic looks like. */
  readonly quietSamples: readonly Sample[];
  /** Left out where a window stands alone, as that of a capture file does. */
  readonly history?: TargetHistory;
}

/** A rate that is more than is usual, or than the floor where nothing is known. */
export interface VolumeFinding {
  readonly metric: CeilingClass;
  /** Over how long the rate was measured: 100, 1000, 10,000 or 60,000 ms, or the interval that really passed. */
  readonly scaleMs: number;
  /** Packets/s, or bits/s for `bits`. */
  readonly value: number;
  /** What it exceeded, in the same unit. */
  readonly limit: number;
  /** What is usual at this hour of the week, in the same unit; null before it was learned. */
  readonly usual: number | null;
}

/** One independent sign that traffic is not what it is at other times, or not what clients send. */
export interface SignalFinding {
  /** Such as `syn-completion`. */
  readonly name: string;
  /** How strong, 0 to 1; from 0.5 on it counts as one of the two that tier B needs. */
  readonly score: number;
  /** A sentence with the value and what it was compared with. */
  readonly reason: string;
  readonly value: number;
  /** What is usual; null where the value speaks for itself. */
  readonly usual: number | null;
}

/**
 * A: more than usual, a person may want to know. B: more than usual and two independent signals, or more than the
 * server or its link can take; only B is answered.
 */
export type Tier = 'A' | 'B';

/** A target over its limit. */
export interface Deviation {
  readonly target: string;
  readonly tier: Tier;
  /** How sure, 0 to 1, that this is an attack, before anybody named it. */
  readonly confidence: number;
  readonly volume: VolumeFinding;
  readonly signals: readonly SignalFinding[];
  readonly evidence: Evidence;
  /** Name of the threshold that was exceeded. */
  readonly threshold: string;
  /** When the excess began, as near as samples tell, kernel monotonic ns: later samples are mostly its own. */
  readonly sinceNs: number;
}

/**
 * How an attack can be answered: by rules that drop it; by a SYN proxy, where nothing tells it from clients; by a rate
 * limit on what it cannot be told from; or by nothing but the ceilings.
 */
export type AttackAnswer = 'rule' | 'synproxy' | 'limit' | 'none';

/** A named attack, with the narrowest rule that covers it. */
export interface Attack {
  /** An address, or a prefix where many of its hosts share the attack. */
  readonly target: string;
  readonly family: string;
  /**
   * What all that goes on at the target is called: `multi_vector` where several families hold much of it,
   * `carpet_bombing` where many hosts of a prefix do; else the family. @default the family
   */
  readonly incidentFamily?: string;
  /** Part of the excess that it holds, 0 to 1. @default 1 */
  readonly share?: number;
  /** 0 to 1. */
  readonly confidence: number;
  readonly reasons: readonly string[];
  /** How likely its sources are made up, 0 to 1. Left out where nobody looked. */
  readonly spoofed?: number;
  /** @default rule where there is a `match`, else none */
  readonly answer?: AttackAnswer;
  /** Null where nothing separates the attack from legitimate traffic; `reasons` then says so. */
  readonly match: TrafficMatch | null;
  /**
   * Further rules that cover the attack together with `match`, or with `limit` where there is none and then limited as
   * well: trailing fragments, that carry no ports, or further sources. At most 7. @default none
   */
  readonly companions?: readonly TrafficMatch[];
  /**
   * What a rate limit may be put on: all of the attack where `match` is null, else a part of it that `match` is not about,
   * such as trailing fragments. Left out where nothing can be named, or nothing is left.
   */
  readonly limit?: TrafficMatch;
  /** Connections that a SYN proxy can answer instead: destination and ports of a SYN flood. Left out where it cannot. */
  readonly proxy?: TrafficMatch;
  /** Counter that the attack's packets show up in. */
  readonly counter: CounterName;
  /** Packets/s of that counter that the rule is not about and that may go on arriving. */
  readonly remainderPacketsPerSecond: number;
  /** Share of the sampled quiet traffic that `match` and its companions would hit, 0 to 1; null without quiet samples. */
  readonly collateral: number | null;
}

/** The rules of an attack as one backend would install them, tried on traffic from before the attack. */
export interface Forecast {
  /** The `match` of the attack, then its companions, each without what the backend cannot say. */
  readonly matches: readonly TrafficMatch[];
  /** Why this backend has no answer; left out where it has one. */
  readonly refused?: string;
  /** Share of the legitimate packets that they hit, in the class that they hit hardest; null without samples. */
  readonly collateral: number | null;
  /** Packets from before that this rests on. */
  readonly samples: number;
}
