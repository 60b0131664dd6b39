import { parseAddress } from '../../net/address.ts';
import type { PolicyRule } from './rule.ts';

/** The next hop of a route is of the family of its prefix. */
export const blackholeNextHop: PolicyRule = {
  id: 'blackhole-next-hop',
  severity: 'error',
  *check({ flowspecs }) {
    for (const document of flowspecs) {
      const { nextHop, nextHop6 } = document.spec.blackhole ?? {};
      for (const [key, address, family] of [
        ['nextHop', nextHop, 4],
        ['nextHop6', nextHop6, 6],
      ] as const) {
        if (address === undefined || familyOf(address) === family) continue;
        const example = family === 4 ? '192.0.2.1' : '100::1';
        const message = `${address} is no IPv${family} address; give one that the routers discard, such as ${example}.`;
        yield { document, path: `/spec/blackhole/${key}`, message };
      }
    }
  },
};

function familyOf(text: string): 4 | 6 | null {
  try {
    return parseAddress(text).family;
  } catch {
    return null;
  }
}
