/** What the playbook remembers, what it is told, and what it asks for. */
import type {
  AuditBody,
  AuditEvent,
  Backend,
  Bundle,
  CeilingClass,
  CompiledStep,
  Evidence,
  Mode,
  ReceiptLevel,
  TrafficMatch,
} from '@tidegate/schemas';
import type { BgpRoute } from '@tidegate/schemas/bgp';
import type { Attack, CounterName, Forecast, Tier } from '../types.ts';

/** Incidents that are open at one time. */
export const incidentsMax = 64;
/** Mitigations in the life of one incident, failed ones included. */
export const mitigationsPerIncidentMax = 16;

export type RemovalReason = AuditBody<'action.removed'>['reason'];
export type ClosingReason = AuditBody<'incident.closed'>['reason'];
/** The part of a bundle that decides what is done. */
export type Policy = Pick<Bundle, 'mode' | 'protect' | 'thresholds' | 'playbooks' | 'flowspec' | 'scrubbers'>;

/** What routers are told. */
export interface Announced {
  /** Name of the FlowSpecPolicy. */
  readonly policy: string;
  /** The BGP speaker, by its name in the configuration of the agent. */
  readonly speaker: string;
  readonly route: BgpRoute;
}

/** What a scrubbing provider is handed. */
export interface Diverted {
  /** Name of the Scrubber. */
  readonly scrubber: string;
  /** All of it goes with the target. */
  readonly prefix: string;
  /** What the provider may be told: id of the incident, and the family of the attack. */
  readonly incident: string;
  readonly family: string;
}

/** What is asked for in front of the host; neither of the two for what is installed on it. */
export interface Outside {
  readonly announced?: Announced;
  readonly diverted?: Diverted;
}

/** One rule of one incident in one backend. */
export interface Mitigation extends Outside {
  readonly id: string;
  readonly family: string;
  readonly playbook: string;
  readonly step: number;
  readonly action: CompiledStep['action'];
  /** What may pass, packets/s or bits/s; left out, nothing does. */
  readonly limit?: NonNullable<CompiledStep['limit']>;
  readonly backend: Backend;
  readonly mode: Mode;
  readonly match: TrafficMatch;
  readonly ttlMs: number;
  /** Where the attack shows, and what may go on passing there: how to see whether the rule takes effect. */
  readonly counter: CounterName;
  readonly remainderPacketsPerSecond: number;
  /** `failed` was never installed; it is kept so that it is not tried again and again. */
  readonly phase: 'applying' | 'installed' | 'removing' | 'failed';
  /** The best receipt so far. */
  readonly level: ReceiptLevel | null;
  /** Whether a failure was recorded. */
  readonly hasFailed: boolean;
  readonly removal: RemovalReason | null;
  /** It is to go once those after it are gone. */
  readonly isHeldBack?: boolean;
  /** When the backend was last asked to install, renew or remove it, kernel monotonic ns. */
  readonly askedAtNs: number;
  /** When the kernel ends it at the latest, as far as is known, kernel monotonic ns. */
  readonly expiresAtNs: number;
  /** A renewal that has no receipt yet. */
  readonly isRenewing: boolean;
  /** When it was last asked to be read back, kernel monotonic ns. */
  readonly lookedAtNs: number;
  readonly packets: bigint;
  readonly bytes: bigint;
  /** What it would have hit before the attack, and how many packets that rests on. Left out where nothing is known. */
  readonly collateral?: { readonly share: number; readonly samples: number };
}

/** One class of a ceiling, and the packets that were above it. */
export interface HeldClass {
  readonly class: CeilingClass;
  /** Packets/s; bits/s for the class bits. */
  readonly perSecond: number;
  readonly packets: bigint;
}

/** What ceilings of the policy hold back of one incident. */
export interface HeldTraffic {
  readonly id: string;
  /** Name of the threshold whose ceiling it is. */
  readonly threshold: string;
  readonly mode: Mode;
  readonly exceeded: readonly HeldClass[];
  /** The first and the last window with packets above, kernel monotonic ns. */
  readonly firstAtNs: number;
  readonly lastAtNs: number;
}

/** How one family of an attack may be answered, as it was when it was last named. */
export interface KnownRule {
  readonly family: string;
  readonly confidence: number;
  readonly reasons: readonly string[];
  /** The rules as each place can say them, and what they would hit. */
  readonly forecasts: NonNullable<Detected['forecasts']>;
  readonly counter: CounterName;
  readonly remainderPacketsPerSecond: number;
}

/** A condition that holds. */
export interface Wait {
  readonly playbook: string;
  readonly step: number;
  /** Since when, without a break, kernel monotonic ns. */
  readonly sinceNs: number;
}

/** What arrives, with what the host drops of it. */
export interface Pressure {
  readonly packetsPerSecond: number;
  readonly bitsPerSecond: number;
  /** Of the link, by all that arrives at the host, 0 to 1 and more; null where its capacity is not declared. */
  readonly linkShare: number | null;
}

/** An attack on one target, from its detection to its end. */
export interface Incident {
  readonly id: string;
  readonly target: string;
  /** The surest family, and how sure. */
  readonly family: string;
  readonly confidence: number;
  /** The best corroborated so far. */
  readonly tier: Tier;
  /** Every family that is on record. */
  readonly vectors: readonly string[];
  /** Wall time, ms since the epoch. */
  readonly openedAtMs: number;
  readonly releaseAfterMs: number;
  /** How long the target is watched after the rules were lifted, ms; 0 for not at all. */
  readonly probeMs: number;
  /** While the rules are lifted to see whether the attack is over: until when, kernel monotonic ns. */
  readonly probeUntilNs: number | null;
  /** `rail family` of what was refused, so that each refusal is on record once. */
  readonly refused: readonly string[];
  /** An operator said: no more mitigations for this one. */
  readonly isReleased: boolean;
  /** Why it ends, once it does; it is closed when its last rule is gone. */
  readonly ending: ClosingReason | null;
  readonly mitigations: readonly Mitigation[];
  /** Null where nothing was above a ceiling. */
  readonly held: HeldTraffic | null;
  /** What may be given to steps that are taken later, by family. */
  readonly known: readonly KnownRule[];
  readonly waits: readonly Wait[];
  /** When the attack was last seen to arrive, kernel monotonic ns. */
  readonly seenAtNs: number;
  /** Nothing of it arrives any more, perhaps because routers drop it. */
  readonly isQuiet: boolean;
  /** How many times routes were withdrawn to see whether it is over. */
  readonly upstreamWithdrawals: number;
  /** How many mitigations were begun since the policy last changed. */
  readonly begun: number;
  /** Dropped by rules that are gone, and above ceilings whose record is closed; those count packets only. */
  readonly droppedPackets: bigint;
  readonly droppedBytes: bigint;
}

export interface PlaybookState {
  readonly policy: Policy | null;
  /** The kill switch. */
  readonly isStopped: boolean;
  /** By target. */
  readonly incidents: ReadonlyMap<string, Incident>;
  /** Rules of nobody, found at the start and on their way out: id to backend. */
  readonly orphans: ReadonlyMap<string, Backend>;
  /** When routes were announced in the last minute, kernel monotonic ns. */
  readonly announcedAtNs: readonly number[];
  /** Whether it is on record that no further incident can be opened. */
  readonly isFullOnRecord: boolean;
}

/** A rule as read back; the backends' `InstalledRule`. */
export interface SeenRule {
  readonly id: string;
  readonly packets: bigint;
  readonly bytes: bigint;
  readonly expiresInMs: number;
  /** The best that can be said of it now. @default installed */
  readonly level?: ReceiptLevel;
}

/** What backends and people tell. Times are kernel monotonic, ns. */
export type PlaybookEvent = { readonly atNs: number } & (
  | { readonly type: 'receipt'; readonly id: string; readonly level: ReceiptLevel; readonly rule: SeenRule }
  | { readonly type: 'renewed'; readonly id: string }
  /** The answer to `verify`; null where the rule is not installed. */
  | { readonly type: 'seen'; readonly id: string; readonly rule: SeenRule | null }
  | { readonly type: 'failed'; readonly id: string; readonly code: string; readonly reason: string }
  | {
      readonly type: 'removed';
      readonly id: string;
      readonly rule: SeenRule | null;
      readonly verified: boolean;
    }
  /** An operator lifts the mitigations of one incident, or with null of all. */
  | { readonly type: 'release'; readonly incident: string | null; readonly by: string }
  | { readonly type: 'stop-all'; readonly by: string }
  | { readonly type: 'lift'; readonly by: string }
  /** The agent stops in order and leaves nothing behind. */
  | { readonly type: 'shutdown' }
);

/** Everything that moves the state: what is told, what was detected, and the start. */
export type PlaybookInput =
  | PlaybookEvent
  | ({ readonly atNs: number } & (
      | ({ readonly type: 'attack'; readonly attack: Attack } & Detected)
      /** The attack stopped and came again so often. */
      | { readonly type: 'pulses'; readonly target: string; readonly bursts: number }
      /** The target stayed quiet for as long as its playbook says. */
      | { readonly type: 'quiet'; readonly target: string }
      /** The kernel counted packets above a ceiling of this threshold. */
      | {
          readonly type: 'ceiling';
          readonly target: string;
          readonly threshold: string;
          readonly exceeded: readonly HeldClass[];
        }
      | ({ readonly type: 'pressure'; readonly target: string } & Pressure)
      | { readonly type: 'tick' }
      | { readonly type: 'policy'; readonly policy: Policy | null }
      | ({ readonly type: 'adopt' } & Inheritance)
    ));

/** What the detector found before anybody named it. */
export interface Detected {
  readonly tier: Tier;
  readonly evidence: Evidence;
  /** Why it is an incident at all, in sentences. */
  readonly detected: readonly string[];
  /** All vectors that were named together, with their shares of the excess. @default the attack alone */
  readonly vectors?: NonNullable<AuditBody<'incident.opened'>['vectors']>;
  /** What the rules of the attack would do in each backend. @default what the attack itself says */
  readonly forecasts?: Partial<Readonly<Record<Backend, Forecast>>>;
}

/** What an agent that starts finds: what the one before remembered, and what is installed. */
export interface Inheritance {
  readonly incidents: readonly Incident[];
  readonly isStopped: boolean;
  readonly installed: readonly FoundRule[];
}

export interface FoundRule {
  readonly backend: Backend;
  readonly rule: SeenRule;
}

export interface Rule {
  readonly id: string;
  readonly match: TrafficMatch;
  readonly ttlMs: number;
  readonly verdict: 'drop' | 'count' | 'limit' | 'synproxy';
  /** With `limit`: what may pass. */
  readonly limit?: { readonly perSecond: number; readonly unit: 'packets' | 'bytes' };
  /** Of what is announced by BGP. */
  readonly announced?: Pick<Announced, 'speaker' | 'route'>;
  /** Of what is handed to a scrubbing provider. */
  readonly diverted?: Diverted;
}

/** What is to be done, in this order. An `install` comes after the audit of its intent. */
export type Command =
  | { readonly type: 'audit'; readonly event: AuditEvent }
  | {
      readonly type: 'install';
      readonly backend: Backend;
      readonly rule: Rule;
      readonly target: string;
      readonly counter: CounterName;
      readonly remainderPacketsPerSecond: number;
    }
  /** Looks for the effect of a rule that was found installed, and answers with `receipt` or `failed`. */
  | {
      readonly type: 'watch';
      readonly backend: Backend;
      readonly id: string;
      readonly target: string;
      readonly counter: CounterName;
      readonly remainderPacketsPerSecond: number;
    }
  /** Gives an installed rule its whole TTL again. */
  | { readonly type: 'renew'; readonly backend: Backend; readonly rule: Rule }
  /** Reads a rule back, and answers with `seen`. */
  | { readonly type: 'verify'; readonly backend: Backend; readonly id: string }
  | {
      readonly type: 'remove';
      readonly backend: Backend;
      readonly id: string;
      readonly reason: RemovalReason;
    };

export const emptyState: PlaybookState = {
  policy: null,
  isStopped: false,
  incidents: new Map(),
  orphans: new Map(),
  announcedAtNs: [],
  isFullOnRecord: false,
};

/** Whether a rule is in force or on its way in. */
export const isLive = ({ phase }: Mitigation): boolean => phase === 'applying' || phase === 'installed';
