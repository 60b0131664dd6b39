import { providers, providersOf } from '../scrubbers.ts';
import { policyDefaults } from '../defaults.ts';
import type { PolicyRule } from './rule.ts';

/** Routes that are shorter than these are not taken on the Internet, and Magic Transit takes none longer. */
const magicTransitLengths = { length: 24, length6: 48 } as const;

/** A scrubber is one provider, and is asked for prefixes that this one takes. */
export const scrubberProvider: PolicyRule = {
  id: 'scrubber-provider',
  severity: 'error',
  *check({ scrubbers }) {
    for (const document of scrubbers) {
      const { spec } = document;
      const named = providersOf(spec);
      if (named.length !== 1) {
        const found = named.length === 0 ? 'none' : named.join(' and ');
        const message = `A Scrubber names exactly one of ${providers.join(', ')}; this one names ${found}.`;
        yield { document, path: '/spec', message };
      }
      const { length, length6 } = { ...policyDefaults.scrubber, ...spec };
      if (spec.cloudflareMagicTransit !== undefined) {
        for (const [key, given] of Object.entries({ length, length6 })) {
          const most = magicTransitLengths[key as keyof typeof magicTransitLengths];
          const isUsed = spec.owned.some((prefix) => prefix.includes(':') === (key === 'length6'));
          if (given <= most || !isUsed) continue;
          const message = `Magic Transit advertises no prefix longer than /${most}, and this asks for /${given}: everything in the /${most} around an attacked address is handed over, which has to be said here.`;
          yield { document, path: `/spec/${key}`, message, suggestion: String(most) };
        }
      }
      if (spec.ovhVac === undefined) continue;
      if (length !== 32) {
        const message = `OVHcloud VAC takes single addresses, and this asks for /${length}.`;
        yield { document, path: '/spec/length', message, suggestion: '32' };
      }
      for (const [index, prefix] of spec.owned.entries()) {
        if (!prefix.includes(':')) continue;
        const message = 'OVHcloud VAC takes IPv4 addresses only.';
        yield { document, path: `/spec/owned/${index}`, message };
      }
    }
  },
};
