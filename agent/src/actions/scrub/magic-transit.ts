/**
 * Cloudflare Magic Transit: BGP prefixes of an account that are advertised on demand (BYOIP).
 *
 * Shapes as published at developers.cloudflare.com/api (Addressing, BGP Prefixes): every answer is an envelope with
 * `success`, `errors` and `result`. A BGP prefix that is not there is made, and one is never made wider than was asked
 * for. `advertised` is what the API says; how far the announcement has spread by then nobody tells, and Cloudflare says
 * minutes. A diversion has no end of its own there: only stopping ends it.
 */
import { cidrCovers } from '@tidegate/schemas';
import type { CompiledScrubber } from '@tidegate/schemas';
import { ask, field } from './ask.ts';
import type { ProviderTools } from './http.ts';
import { ProviderFault } from './provider.ts';
import type { Order, Provider } from './provider.ts';

type Api = Extract<CompiledScrubber['api'], { type: 'cloudflare-magic-transit' }>;

interface BgpPrefix {
  /** Address of it in the API. */
  readonly url: string;
  readonly isAdvertised: boolean;
  /** Why it cannot be advertised; null where it can. */
  readonly fault: string | null;
}

export function magicTransitProvider(
  { url, account, token }: Api,
  { secret }: Pick<ProviderTools, 'secret'>,
): Provider {
  const base = `${url.replace(/\/+$/, '')}/accounts/${account}/addressing/prefixes`;
  const call = async (method: string, target: string, body?: object): Promise<unknown> => {
    const { json } = await ask({
      ...{ method, url: target, headers: { authorization: `Bearer ${secret(token)}` } },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (field(json, 'success') !== true)
      throw new ProviderFault(`Cloudflare says no: ${errorsOf(json)}`, false);
    return field(json, 'result');
  };
  /** Null where there is none of exactly this prefix. */
  const find = async ({ prefix }: Order): Promise<{ parent: string; found: BgpPrefix | null }> => {
    const own = objects(await call('GET', `${base}?per_page=1000`)).find((one) => {
      const cidr = field(one, 'cidr');
      return typeof cidr === 'string' && cidrCovers(cidr, prefix);
    });
    if (own === undefined) throw new ProviderFault(`the account has no prefix that holds ${prefix}`, false);
    const parent = `${base}/${idOf(own)}/bgp/prefixes`;
    const found = objects(await call('GET', parent)).find((one) => field(one, 'cidr') === prefix);
    return { parent, found: found === undefined ? null : bgpPrefixOf(found, parent) };
  };
  const advertise = async ({ url: target }: BgpPrefix, advertised: boolean): Promise<void> => {
    await call('PATCH', target, { on_demand: { advertised } });
  };
  return {
    start: async (order) => {
      const { parent, found } = await find(order);
      const prefix = found ?? bgpPrefixOf(await call('POST', parent, { cidr: order.prefix }), parent);
      if (prefix.isAdvertised) return;
      if (prefix.fault !== null) throw new ProviderFault(`${order.prefix}: ${prefix.fault}`, false);
      await advertise(prefix, true);
    },
    renew: null,
    state: async (order) => {
      const { found } = await find(order);
      return { is: found?.isAdvertised === true ? 'active' : 'absent' };
    },
    stop: async (order) => {
      const { found } = await find(order);
      if (found?.isAdvertised === true) await advertise(found, false);
    },
  };
}

function bgpPrefixOf(value: unknown, parent: string): BgpPrefix {
  const onDemand = field(value, 'on_demand');
  const fault =
    field(onDemand, 'on_demand_enabled') !== true
      ? 'it is not advertised on demand (on_demand_enabled)'
      : field(onDemand, 'on_demand_locked') === true
        ? 'Cloudflare has locked its advertisement (on_demand_locked)'
        : null;
  return {
    url: `${parent}/${idOf(value)}`,
    isAdvertised: field(onDemand, 'advertised') === true,
    fault,
  };
}

const objects = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function idOf(value: unknown): string {
  const id = field(value, 'id');
  if (typeof id === 'string' && /^[0-9A-Za-z-]{1,64}$/.test(id)) return id;
  throw new ProviderFault('Cloudflare answers with a prefix that has no id', true);
}

function errorsOf(json: unknown): string {
  const texts = objects(field(json, 'errors')).flatMap((one) => {
    const message = field(one, 'message');
    return typeof message === 'string' ? [message] : [];
  });
  return texts.length === 0 ? 'an answer without result' : texts.join('; ').slice(0, 200);
}
