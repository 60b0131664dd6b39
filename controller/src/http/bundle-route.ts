import { longPollSecondsMax, routes, TidegateError } from '@tidegate/schemas';
import type { FastifyInstance } from 'fastify';
import type { AgentRegistry } from '../agents/index.ts';
import type { Publisher } from '../bundles/index.ts';
import { agentOf } from './agent-requests.ts';
import type { Waiters } from './waiters.ts';

export interface BundleServices {
  readonly registry: AgentRegistry;
  readonly publisher: Publisher;
  readonly waiters: Waiters;
}

/**
 * `GET /v1/bundle`: the signed bundle of the agent's group, by ETag. With If-None-Match and `Prefer: wait=N` (RFC 7240)
 * the answer is held until there is a new one, for at most N seconds; then 304.
 */
export function bundleRoute(app: FastifyInstance, { registry, publisher, waiters }: BundleServices): void {
  app.get(routes.bundle.path, async (request, reply) => {
    const { agent, keyId } = agentOf(request);
    const known = entityTags(request.headers['if-none-match']);
    const waitSeconds = preferredWait(request.headers['prefer']);
    // Looked up anew each time: labels and selectors may change while the request is parked.
    const labels = () => registry.byKey(keyId)?.labels ?? {};
    const current = () => publisher.bundleFor(labels())?.signed ?? null;
    const isNews = () => !known.includes(current()?.digest ?? '');
    if (waitSeconds > 0 && !isNews()) {
      await waiters.park(waitSeconds * 1000, isNews, (letGo) => reply.raw.once('close', letGo));
      void reply.header('preference-applied', `wait=${waitSeconds}`);
    }
    const signed = current();
    if (signed === null) {
      throw new TidegateError(
        'TG3006',
        `no published NodeGroup selects ${agent} by its labels ${JSON.stringify(labels())}`,
      );
    }
    void reply.header('etag', `"${signed.digest}"`).header('cache-control', 'private, no-cache');
    return isNews() ? signed : reply.code(304).send();
  });
}

/** The tags of an If-None-Match header (RFC 9110, section 13.1.2), compared weakly. */
function entityTags(header: string | undefined): string[] {
  return [...(header ?? '').matchAll(/"([^"]*)"/g)].map(([, tag = '']) => tag);
}

/** Seconds of `Prefer: wait=N`, as many as we grant; 0 where there is none. */
function preferredWait(header: string | string[] | undefined): number {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  const [, seconds = '0'] = /(?:^|[\s,;])wait\s*=\s*"?(\d{1,6})/i.exec(text) ?? [];
  return Math.min(Number(seconds), longPollSecondsMax);
}
