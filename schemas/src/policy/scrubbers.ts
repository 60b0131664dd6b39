/** From scrubbing providers as they are written to those of a bundle. */
import { TidegateError } from '../errors/tidegate-error.ts';
import type { CompiledScrubber, ScrubberCall } from '../shapes/index.ts';
import { amountOf } from './amount-of.ts';
import { policyDefaults } from './defaults.ts';
import type { ValidDocument } from './document.ts';
import { prefixes } from './prefixes.ts';

type Written = ValidDocument<'Scrubber'>['spec'];
type Http = NonNullable<Written['http']>;

export const providers = ['http', 'cloudflareMagicTransit', 'ovhVac'] as const;

export const providersOf = (spec: Written): (typeof providers)[number][] =>
  providers.filter((provider) => spec[provider] !== undefined);

const { scrubber } = policyDefaults;

/** Base addresses of the APIs: developers.cloudflare.com/api and api.ovh.com. */
const magicTransitUrl = 'https://api.cloudflare.com/client/v4';
const vacUrls = {
  eu: 'https://eu.api.ovh.com/1.0',
  ca: 'https://ca.api.ovh.com/1.0',
  us: 'https://api.us.ovhcloud.com/1.0',
} as const;

export function compileScrubber({ name, spec }: ValidDocument<'Scrubber'>): CompiledScrubber {
  const { owned, length, length6, activeWithin, diversions } = { ...scrubber, ...spec };
  return {
    name,
    owned: prefixes(owned),
    length,
    length6,
    activeWithinMs: amountOf('duration', activeWithin),
    diversionsMax: diversions,
    api: apiOf(spec),
  };
}

function apiOf({ http, cloudflareMagicTransit, ovhVac }: Written): CompiledScrubber['api'] {
  if (http !== undefined) return httpOf(http);
  if (cloudflareMagicTransit !== undefined)
    return { type: 'cloudflare-magic-transit', url: magicTransitUrl, ...cloudflareMagicTransit };
  if (ovhVac !== undefined) {
    const { region = scrubber.region, url = vacUrls[region], ...keys } = ovhVac;
    return { type: 'ovh-vac', url, ...keys };
  }
  throw new TidegateError('TG1015', 'A Scrubber has no provider.');
}

const httpOf = ({ start, renew, stop, state, authorization }: Http): CompiledScrubber['api'] => ({
  type: 'http',
  start: callOf(start, 'PUT'),
  ...(renew === undefined ? {} : { renew: callOf(renew, 'PUT') }),
  stop: callOf(stop, 'DELETE'),
  ...(state === undefined ? {} : { state: { ...state, failed: state.failed ?? [] } }),
  ...(authorization === undefined ? {} : { authorization }),
});

const callOf = (
  { method, url, headers = {}, body }: Http['start'],
  standard: ScrubberCall['method'],
): ScrubberCall => ({
  method: method ?? standard,
  url,
  headers,
  ...(body === undefined ? {} : { body }),
});
