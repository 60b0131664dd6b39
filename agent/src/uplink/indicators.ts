/** Fetches indicator sets from the controller, as streams: they are larger than what is held in memory at once. */
import { indicatorsPath, routes } from '@tidegate/schemas';
import type { Identity } from '../state/identity.ts';
import { collect } from './http.ts';
import type { HttpClient } from './http.ts';
import { problemText, signRequest } from './signed.ts';

/** Longest time for a whole set, and in which nothing of it comes, ms. */
const downloadMsMax = 900_000;
const idleMsMax = 30_000;

/** Hands the bytes to `take` as they come, and resolves with what that does. Rejects where the controller does not send them, or `take` does. */
export async function fetchIndicators<Result>(
  client: HttpClient,
  identity: Identity,
  digest: string,
  take: (chunks: AsyncIterable<Uint8Array>) => Promise<Result>,
  signal: AbortSignal,
): Promise<Result> {
  const { method } = routes.indicators;
  const path = indicatorsPath(digest);
  const request = signRequest(identity, {
    method,
    path,
    timeoutMs: downloadMsMax,
    idleMs: idleMsMax,
    signal,
  });
  return await client.receive(request, async (incoming) => {
    if (incoming.statusCode !== 200) throw new Error(problemText(await collect(incoming)));
    return await take(incoming as AsyncIterable<Uint8Array>);
  });
}
