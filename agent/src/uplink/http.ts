/** One signed request to the controller at a time and place: TLS, deadline, size limit. */
import http from 'node:http';
import https from 'node:https';
import { readFileSync } from 'node:fs';
import { TidegateError } from '@tidegate/schemas';

export interface ControllerAddress {
  readonly url: string;
  /** PEM file of the authority that the controller is checked against; the system's store without one. */
  readonly caFile?: string | undefined;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly timeoutMs: number;
  /** Longest time in which nothing comes, ms. @default timeoutMs */
  readonly idleMs?: number;
  /** Ends the request. */
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

const answerBytesMax = 8_388_608;
const loopback = new Set(['127.0.0.1', '[::1]', 'localhost']);

export class HttpClient {
  readonly #base: URL;
  readonly #agent: http.Agent;
  readonly #open = new Set<http.ClientRequest>();

  constructor(address: ControllerAddress) {
    this.#base = new URL(address.url);
    const secure = this.#base.protocol === 'https:';
    if (!secure && !loopback.has(this.#base.hostname)) {
      throw new TidegateError(
        'TG5002',
        `controller.url ${address.url} is plain http beyond loopback; use https`,
      );
    }
    const ca = address.caFile === undefined ? undefined : readAuthority(address.caFile);
    const options = { keepAlive: true, maxSockets: 4, ...(ca === undefined ? {} : { ca }) };
    this.#agent = secure ? new https.Agent(options) : new http.Agent(options);
  }

  /** The absolute URL of a path, as it is signed. */
  url(path: string): string {
    return new URL(path, this.#base).href;
  }

  /** Rejects when there is no whole answer in time; any status is an answer. */
  async send(request: HttpRequest): Promise<HttpResponse> {
    return await this.receive(request, collect);
  }

  /** As `send`, but the body goes to `read` as it comes; its result is the answer. */
  async receive<Result>(
    request: HttpRequest,
    read: (incoming: http.IncomingMessage) => Promise<Result>,
  ): Promise<Result> {
    const { promise, resolve, reject } = withResolvers<Result>();
    const open = this.#base.protocol === 'https:' ? https.request : http.request;
    const outgoing = open(this.url(request.path), {
      method: request.method,
      agent: this.#agent,
      ...(request.signal === undefined ? {} : { signal: request.signal }),
      headers: {
        ...request.headers,
        ...(request.body === undefined
          ? {}
          : { 'content-length': Buffer.byteLength(request.body).toString() }),
      },
    });
    const deadline = setTimeout(
      () => outgoing.destroy(new Error(`no answer within ${String(request.timeoutMs)} ms`)),
      request.timeoutMs,
    );
    const { idleMs } = request;
    if (idleMs !== undefined) {
      outgoing.setTimeout(idleMs, () => outgoing.destroy(new Error(`nothing came for ${String(idleMs)} ms`)));
    }
    this.#open.add(outgoing);
    outgoing.on('close', () => {
      clearTimeout(deadline);
      this.#open.delete(outgoing);
    });
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      read(incoming).then(resolve, (error: unknown) => {
        outgoing.destroy();
        reject(error instanceof Error ? error : new Error(String(error)));
      });
    });
    outgoing.end(request.body);
    return promise;
  }

  /** Ends every request that is under way. */
  close(): void {
    for (const request of this.#open) request.destroy(new Error('the agent is stopping'));
    this.#agent.destroy();
  }
}

function readAuthority(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new TidegateError('TG5003', `controller.caFile ${path} cannot be read`, { cause });
  }
}

/** The answer as a whole; rejects where it is too large. */
export async function collect(incoming: http.IncomingMessage): Promise<HttpResponse> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > answerBytesMax) throw new Error(`the answer is larger than ${String(answerBytesMax)} bytes`);
    chunks.push(chunk);
  }
  return {
    status: incoming.statusCode ?? 0,
    headers: incoming.headers,
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

function withResolvers<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (reason: Error) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
