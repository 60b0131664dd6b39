import { routes, TidegateError } from '@tidegate/schemas';
import type { FastifyInstance } from 'fastify';
import type { IndicatorSets } from '../feeds/index.ts';

/** Downloads at a time: thousands of agents want a new set at once, and the line has to last for their policy too. */
const downloadsMax = 64;

/**
 * `GET /v1/indicators/DIGEST`: an indicator set, as a stream. What a digest names never changes; what no bundle names
 * any more is 404.
 */
export function indicatorsRoute(app: FastifyInstance, { indicators }: { indicators: IndicatorSets }): void {
  const downloads = new Set<{ destroy(): void }>();
  app.get<{ Params: { digest: string } }>(routes.indicators.path, async (request, reply) => {
    if (downloads.size >= downloadsMax) {
      throw new TidegateError('TG3016', `${downloads.size} agents download at the moment`);
    }
    const { digest } = request.params;
    const file = await indicators.open(digest);
    const { size } = await file.stat();
    const stream = file.createReadStream();
    downloads.add(stream);
    stream.once('close', () => downloads.delete(stream));
    return reply
      .header('content-length', size)
      .header('etag', `"${digest}"`)
      .header('cache-control', 'private, max-age=31536000, immutable')
      .type('application/octet-stream')
      .send(stream);
  });
  // A slow download must not keep the controller from ending; the agent asks again.
  app.addHook('preClose', async () => {
    for (const stream of downloads) stream.destroy();
  });
}
