import { protocolNumber, type ProtocolName } from '../profile/header-fields.ts';
import type { PolicyRule, RuleFinding } from './rule.ts';
import type { ValidDocument } from '../document.ts';

type Profile = ValidDocument<'AttackProfile'>;

/** A profile without a condition would call all traffic an attack; ports, flags and payloads are of certain protocols. */
export const profileConditions: PolicyRule = {
  id: 'profile-conditions',
  severity: 'error',
  *check({ profiles }) {
    for (const document of profiles) {
      const { match } = document.spec;
      if (Object.keys(match).every((key) => key === 'protocol' || key === 'fragment')) {
        const message =
          'The profile holds for every packet of its protocol. Add what tells the attack apart, such as packetLengths, fields or payload.';
        yield { document, path: '/spec/match', message };
      }
      yield* badProtocol(document);
      yield* badFlags(document);
    }
  },
};

function* badProtocol(document: Profile): Generator<RuleFinding> {
  const { match } = document.spec;
  const protocol = match.protocol === undefined ? null : protocolNumber(match.protocol);
  const needs = (key: keyof typeof match, names: ProtocolName[]): RuleFinding[] => {
    const fits = protocol !== null && names.map(protocolNumber).includes(protocol);
    if (match[key] === undefined || fits) return [];
    const message = `${key} needs protocol: ${names.join(' or ')}.`;
    return [{ document, path: `/spec/match/${key}`, message, suggestion: `protocol: ${names[0]!}` }];
  };
  for (const key of ['sourcePorts', 'destinationPorts', 'payload'] as const)
    yield* needs(key, ['udp', 'tcp']);
  yield* needs('tcpFlags', ['tcp']);
}

function* badFlags(document: Profile): Generator<RuleFinding> {
  const { tcpFlags } = document.spec.match;
  if (tcpFlags === undefined) return;
  const { set = [], unset = [] } = tcpFlags;
  if (set.length + unset.length === 0) {
    const message = 'Name the flags that are set, or those that are not.';
    yield { document, path: '/spec/match/tcpFlags', message };
  }
  for (const [index, flag] of unset.entries()) {
    if (!set.includes(flag)) continue;
    const message = `${flag} cannot be both set and not set.`;
    yield { document, path: `/spec/match/tcpFlags/unset/${index}`, message };
  }
}
