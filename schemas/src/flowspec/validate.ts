/**
 * Whether a rule may be handed to a speaker at all. An API that checks nothing stands behind it, and a bad rule ends BGP
 * sessions: what is let through here is sound by RFC 8955 and RFC 8956, whatever it was made from.
 *
 * What a rule may be *about* (own prefixes, breadth, peerings) is for the safety rails, not for this.
 */
import { quote } from '../encoding/quote.ts';
import { readAddressBytes } from '../net/address.ts';
import { readCidr } from '../net/cidr.ts';
import { components } from './components.ts';
import type { Component } from './components.ts';
import { encodeNlri, nlriBytesMax } from './nlri.ts';
import type { FlowspecMatch, FlowspecRule } from './rule.ts';

export interface FlowspecProblem {
  /** JSON Pointer (RFC 6901) from the root of the rule. */
  readonly path: string;
  /** What is wrong there, and what would do. */
  readonly message: string;
}

type Found = Generator<FlowspecProblem>;
type Fields = Readonly<Record<string, unknown>>;

/** Everything that is wrong with a rule; nothing where it may be announced. Never throws, whatever it is given. */
export function flowspecProblems(rule: unknown): FlowspecProblem[] {
  if (!isFields(rule)) return [{ path: '', message: 'A rule is an object with match and actions.' }];
  const problems = [
    ...unknownKeys(rule, '', ['match', 'actions']),
    ...matchProblems(rule['match']),
    ...actionProblems(rule['actions']),
  ];
  return problems.length > 0 ? problems : [...sizeProblems(rule as unknown as FlowspecRule)];
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function* unknownKeys(fields: Fields, path: string, known: readonly string[]): Found {
  for (const key of Object.keys(fields)) {
    if (known.includes(key)) continue;
    yield { path: `${path}/${key}`, message: `${quote(key)} is not known here; known: ${known.join(', ')}.` };
  }
}

const matchKeys = ['family', 'destination', 'source', ...components.map(({ name }) => name)];

function* matchProblems(match: unknown): Found {
  if (!isFields(match)) {
    yield { path: '/match', message: 'A match is an object with family and destination.' };
    return;
  }
  yield* unknownKeys(match, '/match', matchKeys);
  const { family } = match;
  if (family !== 4 && family !== 6) {
    yield { path: '/match/family', message: 'The family is 4 or 6.' };
    return;
  }
  // Without a destination a rule is about everybody's traffic.
  yield* prefixProblems(match['destination'], '/match/destination', family);
  if (match['source'] !== undefined) yield* prefixProblems(match['source'], '/match/source', family);
  for (const component of components) {
    const written = match[component.name];
    if (written === undefined) continue;
    const path = `/match/${component.name}`;
    if (!Array.isArray(written) || written.length === 0) {
      yield { path, message: 'A list with at least one entry; left out where it does not matter.' };
      continue;
    }
    for (const [index, entry] of (written as unknown[]).entries())
      yield* entryProblems(component, entry, `${path}/${index}`, family);
    if (component.kind === 'numbers' && !component.families.includes(family))
      yield { path, message: `IPv${family} has no ${component.name}.` };
  }
}

function* prefixProblems(written: unknown, path: string, family: FlowspecMatch['family']): Found {
  if (typeof written !== 'string') {
    yield { path, message: `A prefix of IPv${family} is missing.` };
    return;
  }
  const reading = readCidr(written);
  if (!reading.ok) {
    const hint = reading.suggestion === null ? '' : ` Did you mean ${reading.suggestion}?`;
    yield { path, message: reading.message + hint };
  } else if (reading.value.family !== family) {
    yield { path, message: `${quote(written)} is not of IPv${family}.` };
  } else if (reading.value.text !== written) {
    yield { path, message: `${quote(written)} is written ${reading.value.text}.` };
  }
}

const isWhole = (value: unknown): value is number => Number.isInteger(value);

function* entryProblems(component: Component, entry: unknown, path: string, family: 4 | 6): Found {
  const [first, second] = component.kind === 'numbers' ? ['from', 'to'] : ['mask', 'value'];
  if (!isFields(entry)) {
    yield { path, message: `An object with ${first} and ${second}.` };
    return;
  }
  yield* unknownKeys(entry, path, [first, second]);
  const [low, high] = [entry[first], entry[second]];
  if (!isWhole(low) || !isWhole(high)) {
    yield { path, message: `${first} and ${second} are whole numbers.` };
  } else if (component.kind === 'numbers') {
    if (low < 0 || high > component.most || low > high)
      yield { path, message: `${low} to ${high} is no range within 0 to ${component.most}.` };
  } else if (low < 1 || (low & ~component.bits[family]) !== 0 || low > 0xff) {
    yield { path, message: `Of IPv${family} the mask has bits of ${component.bits[family]}, at least one.` };
  } else if (high < 0 || high > 0xff || (high & ~low) !== 0) {
    yield { path, message: `The value ${high} has bits that the mask ${low} does not look at.` };
  }
}

const actionKeys: Readonly<Record<string, readonly string[]>> = {
  discard: [],
  limit: ['bytesPerSecond'],
  limitPackets: ['packetsPerSecond'],
  mark: ['dscp'],
  redirect: ['routeTarget'],
  redirectToIp: ['address'],
};

function* actionProblems(actions: unknown): Found {
  if (!Array.isArray(actions) || actions.length === 0) {
    yield { path: '/actions', message: 'A list with at least one action.' };
    return;
  }
  for (const [index, action] of (actions as unknown[]).entries()) {
    const path = `/actions/${index}`;
    if (
      !isFields(action) ||
      typeof action['type'] !== 'string' ||
      !Object.hasOwn(actionKeys, action['type'])
    ) {
      yield { path, message: `An action is one of ${Object.keys(actionKeys).join(', ')}.` };
      continue;
    }
    yield* unknownKeys(action, path, ['type', ...actionKeys[action['type']]!]);
    yield* oneActionProblems(action as Fields & { type: string }, path);
  }
  const types = (actions as unknown[]).map((action) => (isFields(action) ? action['type'] : undefined));
  if (new Set(types).size < types.length)
    yield { path: '/actions', message: 'An action stands there twice.' };
  if (types.filter((type) => type !== 'mark').length > 1)
    yield { path: '/actions', message: 'Only mark goes beside another action.' };
}

/** What a router reads as a rate is a float of 32 bits (RFC 8955, section 7.1), and 0 means to discard. */
const rateMax = 1e12;

function* oneActionProblems(action: Fields & { type: string }, path: string): Found {
  switch (action.type) {
    case 'limit':
    case 'limitPackets': {
      const key = action.type === 'limit' ? 'bytesPerSecond' : 'packetsPerSecond';
      const rate = action[key];
      if (typeof rate !== 'number' || !(rate >= 1) || rate > rateMax)
        yield { path: `${path}/${key}`, message: `A rate is a number from 1 to ${rateMax}; 0 is discard.` };
      return;
    }
    case 'mark':
      if (!isWhole(action['dscp']) || action['dscp'] < 0 || action['dscp'] > 63)
        yield { path: `${path}/dscp`, message: 'A code point is a whole number from 0 to 63.' };
      return;
    case 'redirect':
      if (!isRouteTarget(action['routeTarget']))
        yield {
          path: `${path}/routeTarget`,
          message:
            'A route target is ASN:NUMBER (65000:100, or 4200000000:100) or ADDRESS:NUMBER (192.0.2.1:100).',
        };
      return;
    case 'redirectToIp':
      if (!isAddress(action['address']))
        yield { path: `${path}/address`, message: 'A next hop is an address of IPv4 or IPv6.' };
      return;
  }
}

/** RFC 8955, section 7.4: a two-octet AS has a number of four octets, the others one of two. */
function isRouteTarget(written: unknown): boolean {
  if (typeof written !== 'string') return false;
  const [, administrator, number] = /^([0-9.]+):(0|[1-9][0-9]*)$/.exec(written) ?? [];
  if (administrator === undefined) return false;
  if (administrator.includes('.')) return isAddress(administrator) && Number(number) <= 0xffff;
  if (!/^(0|[1-9][0-9]*)$/.test(administrator)) return false;
  const as = Number(administrator);
  return as <= 0xffff ? Number(number) <= 0xffff_ffff : as <= 0xffff_ffff && Number(number) <= 0xffff;
}

const isAddress = (written: unknown): boolean =>
  typeof written === 'string' && readAddressBytes(written) !== null;

function* sizeProblems({ match }: FlowspecRule): Found {
  const { length } = encodeNlri(match);
  if (length > nlriBytesMax)
    yield {
      path: '/match',
      message: `The rule takes ${length} bytes, and routers take ${nlriBytesMax}: give it fewer ranges.`,
    };
}
