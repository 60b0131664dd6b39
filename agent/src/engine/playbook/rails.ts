/** Safety rails: what keeps a rule from being installed, in the order in which they are asked. */
import { cidrCovers, parseCidr } from '@tidegate/schemas';
import type { CompiledStep, TrafficMatch } from '@tidegate/schemas';
import { ipProtocol } from '../packet/index.ts';
import type { Attack, Tier } from '../types.ts';
import { mitigationsPerIncidentMax } from './state.ts';
import type { Incident, Policy } from './state.ts';
import type { Turn } from './turn.ts';

/** Share of quiet traffic that a rule may hit. */
const collateralMax = 0.05;

export interface Refusal {
  readonly rail: string;
  readonly reason: string;
}

interface Request {
  readonly attack: Pick<Attack, 'family' | 'target' | 'reasons'>;
  readonly tier: Tier;
  readonly action: CompiledStep['action'];
  /** The rule of this action, as the backend carries it out; null where there is none. */
  readonly match: TrafficMatch | null;
  /** What it would have hit before the attack; null where nothing is known. */
  readonly collateral: { readonly share: number } | null;
  /** Why the backend cannot carry it out; null where it can. */
  readonly fault: string | null;
  readonly incident: Incident;
  readonly policy: Policy;
  readonly isStopped: boolean;
}

type Rail = (request: Request) => Refusal | null;

const stopped: Rail = ({ isStopped }) =>
  isStopped ? { rail: 'stopped', reason: 'stop-all is in force; lift it with tidegate-agent lift' } : null;

/** Volume alone drops nothing, whatever it was named. */
const corroboration: Rail = ({ tier, attack: { family } }) =>
  tier === 'B'
    ? null
    : {
        rail: 'corroboration',
        reason: `${family} is only more traffic than usual so far: two independent signals, or a breach of capacity, must speak for it`,
      };

const signature: Rail = ({ action, match, attack: { family, reasons } }) => {
  if (match !== null) return null;
  if (action === 'synproxy')
    return { rail: 'no-proxy', reason: `a SYN proxy has no answer to this ${family}` };
  const reason = reasons.at(-1) ?? 'nothing separates it from legitimate traffic';
  return { rail: family === 'syn_flood' ? 'synproxy-needed' : 'no-signature', reason };
};

const ownedPrefixes: Rail = ({ match, policy }) => {
  if (match === null || policy.protect.some((prefix) => cidrCovers(prefix, match.destination))) return null;
  return { rail: 'owned-prefixes', reason: `${match.destination} lies outside of the protected prefixes` };
};

function isOneAddress({ destination }: TrafficMatch): boolean {
  const { family, length } = parseCidr(destination);
  return length === (family === 4 ? 32 : 128);
}

/** Where an attack is spread over the addresses of a prefix, a rule may be as wide as this, and no wider. */
const widest = { 4: 24, 6: 48 } as const;

const breadth: Rail = ({ match, attack: { target } }) => {
  if (match === null) return null;
  const { family, length } = parseCidr(match.destination);
  if (isOneAddress(match)) return null;
  if (!target.includes('/'))
    return { rail: 'breadth', reason: `${match.destination} is wider than the one address that is attacked` };
  if (length >= widest[family]) return null;
  return { rail: 'breadth', reason: `${match.destination} is wider than a /${widest[family]}` };
};

const semantics: Rail = ({ match }) => {
  const problem = match === null ? null : contradictionIn(match);
  return problem === null ? null : { rail: 'semantics', reason: problem };
};

/** What no packet can fulfil, or what would hit more than was meant. */
function contradictionIn(match: TrafficMatch): string | null {
  const { destination: _, ...conditions } = match;
  if (Object.keys(conditions).length === 0) return 'a rule with a destination alone would drop everything';
  const { protocol, tcpFlags, sourcePorts, destinationPorts } = match;
  if (tcpFlags !== undefined && protocol !== ipProtocol.tcp) return 'TCP flags belong to TCP only';
  const hasPorts = protocol === ipProtocol.tcp || protocol === ipProtocol.udp;
  if (!hasPorts && (sourcePorts ?? destinationPorts) !== undefined) return 'ports belong to TCP and UDP only';
  const ranges = [sourcePorts, destinationPorts, match.packetLengths].flatMap((list) => list ?? []);
  return ranges.some(({ from, to }) => from > to || to > 65_535) ? 'a range is reversed or too high' : null;
}

/** What a backend cannot say is left out of a rule there; of some rules too little is left. */
const translation: Rail = ({ fault }) => (fault === null ? null : { rail: 'translation', reason: fault });

/** A SYN proxy takes nothing from those who answer. */
const collateral: Rail = ({ collateral: predicted, action }) => {
  if (action === 'synproxy' || predicted === null || predicted.share <= collateralMax) return null;
  const share = (predicted.share * 100).toFixed(1);
  return {
    rail: 'collateral',
    reason: `it would hit ${share} % of legitimate traffic; at most ${collateralMax * 100} % is allowed`,
  };
};

const budget: Rail = ({ incident }) =>
  incident.begun < mitigationsPerIncidentMax
    ? null
    : { rail: 'budget', reason: `${mitigationsPerIncidentMax} rules for one incident are enough` };

const rails: readonly Rail[] = [
  stopped,
  corroboration,
  signature,
  translation,
  ownedPrefixes,
  breadth,
  semantics,
  collateral,
  budget,
];

/** A blackhole is for all of one address by design. */
const oneAddress: Rail = ({ match }) => {
  if (match === null || isOneAddress(match)) return null;
  return {
    rail: 'breadth',
    reason: `${match.destination} is more than one address, and no more may be blackholed`,
  };
};

const blackholeRails: readonly Rail[] = [stopped, corroboration, ownedPrefixes, oneAddress, budget];

/** The prefix that is handed over may be wider than the target; which, the Scrubber says. */
const diversionRails: readonly Rail[] = [stopped, corroboration, budget];

/** The first rail that refuses, null where all agree. */
export const refusalOf = (request: Request): Refusal | null => firstOf(rails, request);

export const refusalOfBlackhole = (request: Request): Refusal | null => firstOf(blackholeRails, request);

export const refusalOfDiversion = (request: Request): Refusal | null => firstOf(diversionRails, request);

function firstOf(asked: readonly Rail[], request: Request): Refusal | null {
  for (const rail of asked) {
    const refusal = rail(request);
    if (refusal !== null) return refusal;
  }
  return null;
}

export interface RefusedRule extends Refusal {
  readonly match: TrafficMatch | null;
}

/** Puts a refusal on record, once for each family. */
export function refuse(
  turn: Turn,
  incident: Incident,
  family: string,
  { rail, reason, match }: RefusedRule,
): Incident {
  const key = `${rail} ${family}`;
  if (incident.refused.includes(key)) return incident;
  turn.audit('action.refused', { incident: incident.id, rail, reason: reason.slice(0, 500), match });
  return turn.put({ ...incident, refused: [...incident.refused, key] });
}
