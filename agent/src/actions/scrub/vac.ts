/**
 * OVHcloud VAC: the mitigation of an IPv4 address, below the block that it belongs to.
 *
 * Shapes as published at api.ovh.com (/ip/{ip}/mitigation): `state` is ok, creationPending or removalPending; a mitigation
 * that is gone is 404. It has no end of its own: only stopping ends it. Requests are signed with SHA-1 as the API asks.
 */
import { createHash } from 'node:crypto';
import { cidrCovers } from '@tidegate/schemas';
import type { CompiledScrubber } from '@tidegate/schemas';
import { ask, field } from './ask.ts';
import type { Said } from './ask.ts';
import type { ProviderTools } from './http.ts';
import { ProviderFault } from './provider.ts';
import type { Order, Provider, ProviderState } from './provider.ts';

type Api = Extract<CompiledScrubber['api'], { type: 'ovh-vac' }>;

export function vacProvider(api: Api, owned: readonly string[], { secret, wallMs }: ProviderTools): Provider {
  const base = api.url.replace(/\/+$/, '');
  const call = async (
    method: string,
    path: string,
    body: object | null,
    fine: readonly number[],
  ): Promise<Said> => {
    const url = `${base}${path}`;
    const text = body === null ? '' : JSON.stringify(body);
    const seconds = Math.floor(wallMs() / 1000);
    const consumer = secret(api.consumerKey);
    const signed = [secret(api.applicationSecret), consumer, method, url, text, seconds].join('+');
    return await ask(
      {
        ...{ method, url },
        headers: {
          'x-ovh-application': secret(api.applicationKey),
          'x-ovh-consumer': consumer,
          'x-ovh-timestamp': String(seconds),
          'x-ovh-signature': `$1$${createHash('sha1').update(signed).digest('hex')}`,
        },
        ...(body === null ? {} : { body: text }),
      },
      fine,
    );
  };
  const pathOf = ({ prefix }: Order): { block: string; address: string } => {
    const [address = '', length] = prefix.split('/');
    const block = owned.find((one) => cidrCovers(one, prefix));
    if (length !== '32' || block === undefined)
      throw new ProviderFault(`VAC takes single IPv4 addresses of an owned block, and not ${prefix}`, false);
    return { block: `/ip/${encodeURIComponent(block)}/mitigation`, address };
  };
  return {
    start: async (order) => {
      const { block, address } = pathOf(order);
      // 409: it is under mitigation already.
      await call('POST', block, { ipOnMitigation: address }, [409]);
    },
    renew: null,
    state: async (order) => {
      const { block, address } = pathOf(order);
      return stateOf(await call('GET', `${block}/${address}`, null, [404]));
    },
    stop: async (order) => {
      const { block, address } = pathOf(order);
      await call('DELETE', `${block}/${address}`, null, [404]);
    },
  };
}

function stateOf({ status, json }: Said): ProviderState {
  if (status === 404) return { is: 'absent' };
  return { is: field(json, 'state') === 'ok' ? 'active' : 'pending' };
}
