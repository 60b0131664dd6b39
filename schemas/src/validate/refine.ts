/** What JSON Schema cannot say of a shape: prefixes without host bits, ranges in order, flags only with TCP. */
import { readCidr } from '../net/cidr.ts';
import { readPayloadPattern } from '../policy/profile/read-pattern.ts';
import type {
  AuditBatch,
  Bundle,
  CompiledFlow,
  CompiledProfile,
  RecordingHeader,
  TrafficMatch,
} from '../shapes/index.ts';

/** A problem with a value; keys are the business of the schema. */
export interface Refinement {
  /** JSON Pointer (RFC 6901) to the value. */
  readonly path: string;
  readonly message: string;
}

const tcp = 6;
const protocolsWithPorts: readonly (number | undefined)[] = [6, 17, 33, 132, 136];

const firstOf = (problems: Iterable<Refinement>): Refinement | null => {
  for (const problem of problems) return problem;
  return null;
};

/** Prefixes travel in their canonical text, so that equal policies are equal bytes. */
function* badCidrs(path: string, cidrs: readonly string[]): Generator<Refinement> {
  for (const [index, text] of cidrs.entries()) yield* badCidr(`${path}/${index}`, text);
}

function* badCidr(path: string, text: string): Generator<Refinement> {
  const reading = readCidr(text);
  if (!reading.ok) yield { path, message: reading.message };
  else if (reading.value.text !== text)
    yield { path, message: `"${text}" is not canonical; write ${reading.value.text}.` };
}

function* badRanges(
  path: string,
  ranges: readonly { from: number; to: number }[] = [],
): Generator<Refinement> {
  for (const [index, { from, to }] of ranges.entries()) {
    if (from > to) yield { path: `${path}/${index}`, message: `The range runs backwards: ${from} to ${to}.` };
  }
}

function* badMatch(match: TrafficMatch): Generator<Refinement> {
  yield* badCidr('/destination', match.destination);
  if (match.source !== undefined) {
    yield* badCidr('/source', match.source);
    if (match.source.includes(':') !== match.destination.includes(':')) {
      yield { path: '/source', message: 'Source and destination are of different address families.' };
    }
  }
  yield* badConditions(match);
}

function* badConditions(match: CompiledProfile['match']): Generator<Refinement> {
  const hasPorts = match.sourcePorts !== undefined || match.destinationPorts !== undefined;
  if (hasPorts && !protocolsWithPorts.includes(match.protocol)) {
    yield { path: '/protocol', message: 'Ports need a protocol that has them, such as 6 (TCP) or 17 (UDP).' };
  }
  yield* badRanges('/sourcePorts', match.sourcePorts);
  yield* badRanges('/destinationPorts', match.destinationPorts);
  yield* badRanges('/packetLengths', match.packetLengths);
  if (match.tcpFlags !== undefined) {
    if (match.protocol !== tcp) yield { path: '/tcpFlags', message: 'TCP flags need protocol 6.' };
    if ((match.tcpFlags.value & ~match.tcpFlags.mask) !== 0) {
      yield {
        path: '/tcpFlags/value',
        message: 'The value has bits outside the mask, so nothing would match.',
      };
    }
  }
}

function* badBlocklist(blocklist: readonly string[]): Generator<Refinement> {
  yield* badCidrs('/blocklist', blocklist);
  for (const [index, cidr] of blocklist.entries())
    if (cidr.endsWith('/0'))
      yield { path: `/blocklist/${index}`, message: `"${cidr}" would drop every source.` };
}

/** Never a bare source address: whoever forges it would have a way in. */
function* badFlow(path: string, flow: CompiledFlow): Generator<Refinement> {
  const { source, destination, protocol, sourcePorts, destinationPorts } = flow;
  yield* badCidr(`${path}/source`, source);
  if (source.endsWith('/0')) yield { path: `${path}/source`, message: 'A flow has a source; /0 is none.' };
  if (destination !== undefined) {
    yield* badCidr(`${path}/destination`, destination);
    if (source.includes(':') !== destination.includes(':'))
      yield { path: `${path}/source`, message: 'Source and destination are of different address families.' };
  }
  if (sourcePorts === undefined && destinationPorts === undefined)
    yield { path, message: 'A flow names at least one port.' };
  if (!protocolsWithPorts.includes(protocol))
    yield {
      path: `${path}/protocol`,
      message: 'A flow needs a protocol with ports, such as 6 (TCP) or 17 (UDP).',
    };
  for (const key of ['sourcePorts', 'destinationPorts'] as const)
    if (flow[key] !== undefined && flow[key].from > flow[key].to)
      yield {
        path: `${path}/${key}`,
        message: `The range runs backwards: ${flow[key].from} to ${flow[key].to}.`,
      };
}

function* badBundle(bundle: Bundle): Generator<Refinement> {
  yield* badCidrs('/protect', bundle.protect);
  yield* badCidrs('/safelist', bundle.safelist);
  yield* badBlocklist(bundle.blocklist ?? []);
  for (const [index, flow] of (bundle.neverBlock ?? []).entries())
    yield* badFlow(`/neverBlock/${index}`, flow);
  for (const [index, profile] of (bundle.profiles ?? []).entries())
    yield* badProfile(`/profiles/${index}`, profile);
  for (const [index, threshold] of bundle.thresholds.entries()) {
    yield* badCidrs(`/thresholds/${index}/targets`, threshold.targets);
    if (threshold.floorPacketsPerSecond === null && threshold.floorBitsPerSecond === null) {
      yield { path: `/thresholds/${index}`, message: 'A threshold needs a floor in packets or in bits.' };
    }
  }
}

/** A profile that held for every packet would call all traffic an attack. */
function* badProfile(path: string, { match, fields, regex }: CompiledProfile): Generator<Refinement> {
  for (const { path: place, message } of badConditions(match))
    yield { path: `${path}/match${place}`, message };
  for (const [index, { ranges, xorOf }] of (fields ?? []).entries()) {
    const place = `${path}/fields/${index}`;
    if ((ranges === undefined) === (xorOf === undefined))
      yield { path: place, message: 'A field has either ranges or xorOf.' };
    yield* badRanges(`${place}/ranges`, ranges);
  }
  if (fields === undefined && regex === undefined && Object.keys(match).length === 0)
    yield { path, message: 'A profile needs at least one condition.' };
  const reading = regex === undefined ? null : readPayloadPattern(regex);
  if (reading?.ok === false) yield { path: `${path}/regex`, message: reading.message };
}

function* badBatch({ firstSeq, lastSeq, records }: AuditBatch): Generator<Refinement> {
  if (lastSeq - firstSeq + 1 !== records.length) {
    yield {
      path: '/lastSeq',
      message: `${firstSeq} to ${lastSeq} does not number ${records.length} records.`,
    };
  }
}

export const refinements = {
  'audit-batch': (value: AuditBatch) => firstOf(badBatch(value)),
  bundle: (value: Bundle) => firstOf(badBundle(value)),
  'recording-header': (value: RecordingHeader) => firstOf(badCidrs('/protect', value.protect)),
  'traffic-match': (value: TrafficMatch) => firstOf(badMatch(value)),
} as Partial<Record<string, (value: never) => Refinement | null>>;
