import { TidegateError } from '@tidegate/schemas';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { signedDigestOf } from './agent-requests.ts';
import { checkContentDigest } from './authenticate.ts';

/** JSON is the only media type; the bytes of a signed request are held against their digest before they are parsed. */
export function acceptJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      const digest = signedDigestOf(request);
      if (digest !== null) checkContentDigest(body, digest);
      try {
        return JSON.parse(body.toString('utf8')) as unknown;
      } catch (cause) {
        throw new TidegateError('TG3007', 'the body is not JSON', { cause });
      }
    },
  );
}
