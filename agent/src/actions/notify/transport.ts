/** One HTTP request to a receiver: a deadline, a small answer, no redirect. */
import http from 'node:http';
import https from 'node:https';
import type { Delivery } from './outbox.ts';

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Connection and answer together, ms. */
const deadlineMs = 5000;
const answerBytesMax = 65_536;

/** Any status is an outcome; rejects where there is no answer. */
export async function post({ url, headers, body }: Post): Promise<Delivery> {
  const { status, retryAfter } = await new Promise<{ status: number; retryAfter: string | undefined }>(
    (resolve, reject) => {
      const open = url.startsWith('https:') ? https.request : http.request;
      const outgoing = open(url, {
        method: 'POST',
        headers: {
          'user-agent': 'tidegate',
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(body)),
          ...headers,
        },
      });
      const deadline = setTimeout(
        () => outgoing.destroy(new Error(`no answer within ${String(deadlineMs)} ms`)),
        deadlineMs,
      );
      outgoing.on('close', () => {
        clearTimeout(deadline);
        reject(new Error('the connection was closed without an answer'));
      });
      outgoing.on('error', reject);
      outgoing.on('response', (incoming) => {
        let bytes = 0;
        incoming.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > answerBytesMax) outgoing.destroy();
        });
        incoming.on('error', () => undefined);
        resolve({ status: incoming.statusCode ?? 0, retryAfter: incoming.headers['retry-after'] });
      });
      outgoing.end(body);
    },
  );
  return deliveryOf(status, retryAfter);
}

/** Too many requests and faults of the receiver pass; what it refuses it will refuse again. */
function deliveryOf(status: number, retryAfter: string | undefined): Delivery {
  if (status >= 200 && status < 300) return { ok: true };
  const seconds = Number(retryAfter);
  const isPassing = status === 408 || status === 425 || status === 429 || status >= 500;
  return {
    ok: false,
    reason: `the receiver answers ${String(status)}`,
    isFinal: !isPassing,
    retryAfterMs: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : null,
  };
}
