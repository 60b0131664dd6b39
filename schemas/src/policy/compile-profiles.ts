/** From AttackProfiles to the signatures of a bundle: ranges and flags read, defaults filled in, by name. */
import { TidegateError } from '../errors/tidegate-error.ts';
import type { CompiledProfile, FieldCondition, PortRange } from '../shapes/index.ts';
import { amountOf } from './amount-of.ts';
import { policyDefaults } from './defaults.ts';
import type { ValidDocument } from './document.ts';
import { readPorts } from '../net/ports.ts';
import { protocolNumber, tcpFlagBits } from './profile/header-fields.ts';

const { attackProfile } = policyDefaults;

type Profile = ValidDocument<'AttackProfile'>;
type Match = Profile['spec']['match'];
type Numbers = number | string;

/** Throws TG1015 where a range cannot be read. */
export function compileProfile({ name, spec }: Profile): CompiledProfile {
  const { description, match, share, confidence } = spec;
  return {
    name,
    description,
    family: familyOf({ name, spec }),
    shareMin: amountOf('share', share ?? attackProfile.share),
    confidence: confidence ?? attackProfile.confidence,
    match: compileMatch(match),
    ...(match.fields === undefined ? {} : { fields: match.fields.map(compileField) }),
    ...(match.payload?.regex === undefined ? {} : { regex: match.payload.regex }),
  };
}

/** What an attack of a profile is called. */
export const familyOf = ({ name, spec }: Pick<Profile, 'name' | 'spec'>): string =>
  spec.family ?? name.replaceAll(/[.-]/g, '_');

function compileMatch(match: Match): CompiledProfile['match'] {
  const { protocol, sourcePorts, destinationPorts, packetLengths, tcpFlags, hopLimits, fragment } = match;
  return {
    ...(protocol === undefined ? {} : { protocol: protocolNumber(protocol) }),
    ...(sourcePorts === undefined ? {} : { sourcePorts: sourcePorts.map(portsOf) }),
    ...(destinationPorts === undefined ? {} : { destinationPorts: destinationPorts.map(portsOf) }),
    ...(packetLengths === undefined ? {} : { packetLengths: packetLengths.map(rangeOf) }),
    ...(tcpFlags === undefined ? {} : { tcpFlags: flagsOf(tcpFlags) }),
    ...(hopLimits === undefined ? {} : { hopLimits: rangeOf(hopLimits) }),
    ...(fragment === undefined ? {} : { fragment }),
    ...(match.payload?.bytes === undefined ? {} : { payload: bytesOf(match.payload, match.payload.bytes) }),
  };
}

function portsOf(written: Numbers): PortRange {
  const reading = readPorts(written);
  if (!reading.ok) throw new TidegateError('TG1015', reading.message);
  return reading.value;
}

/** The parser has read every range already, within the bounds of its place. */
function rangeOf(written: Numbers): { from: number; to: number } {
  const [from, to = from] = String(written).split('-').map(Number);
  if (from === undefined || to === undefined || Number.isNaN(from + to))
    throw new TidegateError('TG1015', `"${written}" is no range.`);
  return { from, to };
}

function flagsOf({ set = [], unset = [] }: NonNullable<Match['tcpFlags']>): { mask: number; value: number } {
  const value = set.reduce((bits, flag) => bits | tcpFlagBits[flag], 0);
  return { mask: unset.reduce((bits, flag) => bits | tcpFlagBits[flag], value), value };
}

function bytesOf(
  { offset = attackProfile.payloadOffset, mask }: NonNullable<Match['payload']>,
  bytes: string,
): NonNullable<CompiledProfile['match']['payload']> {
  return {
    offset,
    bytes: bytes.toLowerCase(),
    ...(mask === undefined ? {} : { mask: mask.toLowerCase() }),
  };
}

function compileField({
  field,
  in: values,
  equals,
  equalsXor,
}: NonNullable<Match['fields']>[number]): FieldCondition {
  if (values !== undefined) return { field, ranges: values.map(rangeOf) };
  return { field, xorOf: equalsXor ?? (equals === undefined ? [] : [equals]) };
}
