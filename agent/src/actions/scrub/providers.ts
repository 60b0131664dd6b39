import type { CompiledScrubber } from '@tidegate/schemas';
import { httpProvider } from './http.ts';
import type { ProviderTools } from './http.ts';
import { magicTransitProvider } from './magic-transit.ts';
import type { Provider } from './provider.ts';
import { vacProvider } from './vac.ts';

/** The provider that a scrubber of the policy names. */
export function providerOf({ api, owned }: CompiledScrubber, tools: ProviderTools): Provider {
  switch (api.type) {
    case 'http':
      return httpProvider(api, tools);
    case 'cloudflare-magic-transit':
      return magicTransitProvider(api, tools);
    case 'ovh-vac':
      return vacProvider(api, owned, tools);
  }
}
