import { expectShape, TidegateError } from '@tidegate/schemas';
import type { WireShapeName, WireShapes } from '@tidegate/schemas';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { signedDigestOf } from './agent-requests.ts';
import { checkContentDigest } from './authenticate.ts';

/** A body with its shape checked; else an error TG3007 that names the place. */
export const checkedBody = <Name extends WireShapeName>(shape: Name, body: unknown): WireShapes[Name] =>
  expectShape(shape, body, 'TG3007', 'the body is no');

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
