/** One message to a receiver, and what its answer means. */
import { isPassing, request } from '../request.ts';
import type { Delivery } from './outbox.ts';

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Any status is an outcome; rejects where there is no answer. */
export async function post({ url, headers, body }: Post): Promise<Delivery> {
  const { status, retryAfterMs } = await request({
    ...{ method: 'POST', url, body, isAnswerRead: false },
    headers: { 'content-type': 'application/json', ...headers },
  });
  if (status >= 200 && status < 300) return { ok: true };
  return {
    ...{ ok: false, reason: `the receiver answers ${String(status)}`, retryAfterMs },
    isFinal: !isPassing(status),
  };
}
