/** One HTTP request: a deadline, a small answer, no redirect. */
import http from 'node:http';
import https from 'node:https';

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as it is; null for no body. */
  readonly body: string | null;
  /** Whether more is of interest than the status. */
  readonly isAnswerRead: boolean;
  /** Whose connections are used, and with which certificate. @default those of Node */
  readonly agent?: https.Agent;
  /** Connection and answer together, ms. @default 5000 */
  readonly deadlineMs?: number;
  /** A longer answer is none. @default 65_536 */
  readonly answerBytesMax?: number;
}

export interface HttpAnswer {
  readonly status: number;
  /** What the header Retry-After says, in seconds or as a date (RFC 9110 §10.2.3); null where it says nothing, ms. */
  readonly retryAfterMs: number | null;
  /** Empty where it was not to be read. */
  readonly text: string;
}

/** Any status is an answer; rejects where there is none in time, or a longer one than was to be read. */
export async function request({
  method,
  url,
  headers,
  body,
  isAnswerRead,
  agent,
  deadlineMs = 5000,
  answerBytesMax = 65_536,
}: HttpRequest): Promise<HttpAnswer> {
  return await new Promise<HttpAnswer>((resolve, reject) => {
    const open = url.startsWith('https:') ? https.request : http.request;
    const length = body === null ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const outgoing = open(url, {
      method,
      agent,
      headers: { 'user-agent': 'tidegate', ...length, ...headers },
    });
    const deadline = setTimeout(
      () => outgoing.destroy(new Error(`no answer within ${String(deadlineMs)} ms`)),
      deadlineMs,
    );
    outgoing.on('close', () => {
      clearTimeout(deadline);
      reject(new Error('the connection was closed without a whole answer'));
    });
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      incoming.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes > answerBytesMax)
          outgoing.destroy(new Error(`the answer is longer than ${String(answerBytesMax)} bytes`));
      });
      const answered = (): void => {
        resolve({
          status: incoming.statusCode ?? 0,
          retryAfterMs: retryAfterMsOf(incoming.headers['retry-after']),
          text: isAnswerRead ? Buffer.concat(chunks).toString('utf8') : '',
        });
      };
      incoming.on('error', reject);
      incoming.on('end', answered);
      if (!isAnswerRead) answered();
    });
    outgoing.end(body ?? undefined);
  });
}

function retryAfterMsOf(written: string | undefined): number | null {
  if (written === undefined) return null;
  const ms = /^\d+$/.test(written) ? Number(written) * 1000 : Date.parse(written) - Date.now();
  return Number.isFinite(ms) && ms > 0 ? ms : null;
}

/** Too many requests and faults of the receiver pass; what it refuses it will refuse again. */
export const isPassing = (status: number): boolean =>
  status === 408 || status === 425 || status === 429 || status >= 500;
