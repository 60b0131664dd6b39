/**
 * A provider with any HTTP API, asked as the policy says.
 *
 * Each request carries `Idempotency-Key`, the same for each try of the same request. With an HMAC key the header
 * `Tidegate-Signature: t=SECONDS,v1=HEX` holds the HMAC-SHA-256 (RFC 2104) of "SECONDS.METHOD.PATH.BODY", the path with
 * its query: who receives it compares in constant time, and refuses what is old.
 */
import { createHmac } from 'node:crypto';
import type { CompiledScrubber, ScrubberCall } from '@tidegate/schemas';
import { ask } from './ask.ts';
import type { Said } from './ask.ts';
import type { Order, Provider, ProviderState } from './provider.ts';
import { at, fill, fillUrl, valuesOf } from './template.ts';

type Api = Extract<CompiledScrubber['api'], { type: 'http' }>;

export interface ProviderTools {
  /** Reads a secret by its reference. Throws where it must not, or cannot. */
  readonly secret: (reference: string) => string;
  readonly wallMs: () => number;
}

export function httpProvider(api: Api, { secret, wallMs }: ProviderTools): Provider {
  const { renew, state } = api;
  const send = async (
    what: string,
    {
      method,
      url,
      headers,
      body,
    }: Pick<ScrubberCall, 'url' | 'headers'> & { method: string; body?: unknown },
    order: Order,
    fine: readonly number[] = [],
  ): Promise<Said> => {
    const values = valuesOf(order);
    const target = fillUrl(url, values);
    const text = body === undefined ? undefined : JSON.stringify(fill(body, values));
    return await ask(
      {
        ...{ method, url: target },
        headers: {
          ...headers,
          'idempotency-key': `${order.id}-${what}`,
          ...authorizationOf(api, secret, { method, url: target, body: text ?? '', nowMs: wallMs() }),
        },
        ...(text === undefined ? {} : { body: text }),
      },
      fine,
    );
  };
  return {
    start: async (order) => {
      await send('start', api.start, order);
    },
    renew:
      renew === undefined
        ? null
        : async (order) => {
            await send(`renew-${wallMs()}`, renew, order);
          },
    stop: async (order) => {
      await send('stop', api.stop, order, [404, 410]);
    },
    state:
      state === undefined
        ? null
        : async (order) => {
            const said = await send(
              'state',
              { method: 'GET', url: state.url, headers: {} },
              order,
              [404, 410],
            );
            return stateOf(said, state);
          },
  };
}

function stateOf(
  { status, json }: Said,
  { at: pointer, active, failed }: NonNullable<Api['state']>,
): ProviderState {
  if (status === 404 || status === 410) return { is: 'absent' };
  const found = at(json, pointer);
  const word = typeof found === 'string' ? found : JSON.stringify(found ?? null);
  if (active.includes(word)) return { is: 'active' };
  return failed.includes(word)
    ? { is: 'failed', reason: `it says ${word} at ${pointer}` }
    : { is: 'pending' };
}

function authorizationOf(
  { authorization }: Api,
  secret: ProviderTools['secret'],
  { method, url, body, nowMs }: { method: string; url: string; body: string; nowMs: number },
): Record<string, string> {
  if (authorization === undefined) return {};
  const { bearer, header, hmac } = authorization;
  const { pathname, search } = new URL(url);
  const seconds = Math.floor(nowMs / 1000);
  const signed = `${seconds}.${method}.${pathname}${search}.${body}`;
  return {
    ...(bearer === undefined ? {} : { authorization: `Bearer ${secret(bearer)}` }),
    ...(header === undefined ? {} : { [header.name.toLowerCase()]: secret(header.value) }),
    ...(hmac === undefined
      ? {}
      : {
          'tidegate-signature': `t=${seconds},v1=${createHmac('sha256', secret(hmac)).update(signed).digest('hex')}`,
        }),
  };
}
