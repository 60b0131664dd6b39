/**
 * Fetches a list over HTTP, only where it has changed, within a stated time. How large it may be is for the parser to
 * say, which reads it as it comes.
 *
 * No message names the address or a header: they may hold a key, and the controller's status is open to read.
 */
import { reasonOf } from '../ports.ts';

/** What a server said of the list that we have, so that it need not be sent again. */
export interface Validators {
  readonly etag: string | null;
  readonly lastModified: string | null;
}

export interface ListRequest {
  readonly url: string;
  /** Such as a key. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of the copy that we have; null asks for the list whatever it is. */
  readonly validators: Validators | null;
  /** From the request to the last byte, ms. */
  readonly timeoutMs: number;
}

export type ListAnswer =
  | { readonly kind: 'list'; readonly chunks: AsyncIterable<Uint8Array>; readonly validators: Validators }
  | { readonly kind: 'unchanged' }
  | {
      readonly kind: 'failed';
      readonly reason: string;
      /** How long the server asks to be left alone, ms. */
      readonly retryAfterMs: number | null;
    };

const textMax = 200;
const retryAfterMsMax = 86_400_000;

/** Never rejects; iterating over the chunks may. */
export async function fetchList({ url, headers, validators, timeoutMs }: ListRequest): Promise<ListAnswer> {
  const deadline = AbortSignal.timeout(timeoutMs);
  let response: Response;
  try {
    response = await fetch(url, {
      headers: { 'user-agent': 'tidegate', ...conditions(validators), ...headers },
      // A redirect would carry the key to another host.
      redirect: 'manual',
      signal: deadline,
    });
  } catch (error) {
    return failed(failureOf(error, timeoutMs));
  }
  if (response.status === 304 && validators !== null) return { kind: 'unchanged' };
  if (response.status !== 200 || response.body === null) {
    await response.body?.cancel();
    return failed(refusalOf(response), retryAfterMs(response.headers.get('retry-after')));
  }
  return {
    kind: 'list',
    // Locked here and now: a body that nobody reads yet is cut off, as if it were empty, when its response is collected.
    chunks: chunksOf(response.body.values(), timeoutMs),
    validators: {
      etag: response.headers.get('etag'),
      lastModified: response.headers.get('last-modified'),
    },
  };
}

function conditions(validators: Validators | null): Record<string, string> {
  const { etag = null, lastModified = null } = validators ?? {};
  return {
    ...(etag !== null && { 'if-none-match': etag }),
    ...(lastModified !== null && { 'if-modified-since': lastModified }),
  };
}

async function* chunksOf(body: AsyncIterable<Uint8Array>, timeoutMs: number): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (cause) {
    throw new Error(failureOf(cause, timeoutMs), { cause });
  }
}

const failed = (reason: string, retryMs: number | null = null): ListAnswer => ({
  kind: 'failed',
  reason,
  retryAfterMs: retryMs,
});

function refusalOf({ status, headers }: Response): string {
  const location = headers.get('location');
  return location === null
    ? `the server answered ${status}`
    : `the server answered ${status} and names ${JSON.stringify(location.slice(0, textMax))}; write the final address into the policy`;
}

/** `fetch` says "fetch failed" and hides why in its cause. */
function failureOf(error: unknown, timeoutMs: number): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `it took longer than ${timeoutMs} ms`;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return (reasonOf(cause) || code || 'the connection failed').slice(0, textMax);
}

/** Seconds or a date (RFC 9110, section 10.2.3). */
function retryAfterMs(header: string | null): number | null {
  if (header === null) return null;
  const seconds = /^\d{1,9}$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? null : Math.min(Math.max(0, seconds * 1000), retryAfterMsMax);
}
