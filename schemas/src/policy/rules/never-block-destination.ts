import { cidrCovers, parseCidr } from '../../net/cidr.ts';
import type { ValidDocument } from '../document.ts';
import type { PolicyRule } from './rule.ts';

type Spec = ValidDocument<'NodeGroup'>['spec'];

/** Only packets to protected prefixes are looked at: a flow to anywhere else keeps nothing. */
export const neverBlockDestination: PolicyRule = {
  id: 'never-block-destination',
  severity: 'error',
  *check({ groups }) {
    for (const document of groups) {
      for (const [index, flow] of (document.spec.neverBlock ?? []).entries()) {
        const message = faultOf(flow, document.spec);
        if (message === null) continue;
        const key = flow.destination === undefined ? 'source' : 'destination';
        yield { document, path: `/spec/neverBlock/${index}/${key}`, message };
      }
    }
  },
};

function faultOf(
  { source, destination }: NonNullable<Spec['neverBlock']>[number],
  spec: Spec,
): string | null {
  const { family } = parseCidr(source);
  const protect = spec.protect.map(parseCidr);
  if (destination === undefined) {
    if (protect.some((prefix) => prefix.family === family)) return null;
    return `${source} is IPv${family}, and no IPv${family} prefix is protected.`;
  }
  const inner = parseCidr(destination);
  if (inner.family !== family) return `${destination} is not of the address family of ${source}.`;
  if (protect.some((outer) => cidrCovers(outer, inner))) return null;
  return `${destination} is not inside a protected prefix (${protect.map(({ text }) => text).join(', ')}).`;
}
