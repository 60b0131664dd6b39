import { createHash, timingSafeEqual } from 'node:crypto';
import { checkedBody, routes, TidegateError, type EnrolResponse } from '@tidegate/schemas';
import type { FastifyInstance } from 'fastify';
import type { AgentRegistry } from '../agents/index.ts';
import type { TrustFile } from '../keys/index.ts';
import type { Waiters } from './waiters.ts';

export interface EnrolServices {
  readonly registry: AgentRegistry;
  readonly trust: TrustFile;
  readonly waiters: Waiters;
  readonly joinToken: string;
}

const bodyBytesMax = 65_536;

/** `POST /v1/enrol`: a node with the join token becomes an agent, with the key that it brings. */
export function enrolRoute(
  app: FastifyInstance,
  { registry, trust, waiters, joinToken }: EnrolServices,
): void {
  app.post(routes.enrol.path, { bodyLimit: bodyBytesMax }, async (request): Promise<EnrolResponse> => {
    const body = checkedBody('enrol-request', request.body);
    if (!isSameSecret(body.token, joinToken)) {
      throw new TidegateError('TG3004', `the join token of node ${body.node} is not the controller's`);
    }
    const { agent, keyId } = await registry.enrol(body);
    // New labels may mean another group for an agent whose request is parked.
    waiters.wake();
    return { schema: 'tidegate/enrolled/v1', agent, keyId, trust: trust.value };
  });
}

/** Compares digests in constant time: neither content nor length of the token shows in how long it takes. */
function isSameSecret(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
