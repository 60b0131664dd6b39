import type { ServerResponse } from 'node:http';
import { routes, TidegateError } from '@tidegate/schemas';
import type { FastifyInstance } from 'fastify';
import type { IndicatorSets } from '../feeds/index.ts';

export interface IndicatorServices {
  readonly indicators: IndicatorSets;
  /**
   * Downloads at a time: thousands of agents want a new set at once, and the line has to last for their policy too.
   *
   * @default 64
   */
  readonly downloadsMax?: number;
}

/**
 * `GET /v1/indicators/DIGEST`: an indicator set, as a stream. What a digest names never changes; what no bundle names
 * any more is 404.
 */
export function indicatorsRoute(
  app: FastifyInstance,
  { indicators, downloadsMax = 64 }: IndicatorServices,
): void {
  const downloads = new Set<ServerResponse>();
  app.get<{ Params: { digest: string } }>(routes.indicators.path, async (request, reply) => {
    if (downloads.size >= downloadsMax) {
      throw new TidegateError('TG3016', `${downloads.size} agents download at the moment`);
    }
    const { digest } = request.params;
    const file = await indicators.open(digest);
    const { size } = await file.stat();
    downloads.add(reply.raw);
    reply.raw.once('close', () => downloads.delete(reply.raw));
    return reply
      .header('content-length', size)
      .header('etag', `"${digest}"`)
      .header('cache-control', 'private, max-age=31536000, immutable')
      .type('application/octet-stream')
      .send(file.createReadStream());
  });
  // A slow download must not keep the controller from ending; the agent asks again.
  app.addHook('preClose', async () => {
    for (const response of downloads) response.destroy();
  });
}
