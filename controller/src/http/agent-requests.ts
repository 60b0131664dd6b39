import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Agent } from '../agents/index.ts';
import { checkContentDigest, type Authentic, type Authenticator } from './authenticate.ts';

const authentic = new WeakMap<FastifyRequest, Authentic>();

/** Every route of this scope takes signed requests only; the body is held against the digest that was signed. */
export function requireAgent(app: FastifyInstance, authenticator: Authenticator): void {
  app.addHook('onRequest', async (request) => {
    const { method, url = '', headers } = request.raw;
    const result = authenticator.authenticate({ method: method ?? '', url, headers });
    if (method !== 'POST') checkContentDigest(new Uint8Array(0), result.contentDigest);
    authentic.set(request, result);
  });
}

/** The digest that the signature of a request covers, or null where the request is not signed. */
export const signedDigestOf = (request: FastifyRequest): string | null =>
  authentic.get(request)?.contentDigest ?? null;

/** The agent that signed a request; only in a scope with `requireAgent`. */
export function agentOf(request: FastifyRequest): Agent {
  const result = authentic.get(request);
  if (result === undefined) throw new TypeError('the route takes unsigned requests');
  return result.agent;
}
