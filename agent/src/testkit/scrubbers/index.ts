/**
 * Scrubbing providers on loopback, with the shapes that vendors publish, and with every fault they may have. They scrub
 * nothing. For tests.
 */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { inNamespace } from '../frames/index.ts';

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

interface Answer {
  readonly status: number;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What happens to a request before the provider looks at it, or after. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  /** Nothing is ever answered. */
  | { readonly kind: 'hang' }
  /** It is done, and the answer is lost. */
  | { readonly kind: 'lose' };

export class FakeProvider {
  readonly seen: Seen[] = [];
  /** Asked for each request; null for none. */
  fault: (request: Seen, count: number) => Fault | null = () => null;
  readonly #server: http.Server;
  readonly #answer: (request: Seen) => Answer;

  private constructor(answer: (request: Seen) => Answer) {
    this.#answer = answer;
    this.#server = http.createServer((incoming, outgoing) => {
      let body = '';
      incoming.on('data', (chunk: Buffer) => (body += chunk.toString()));
      incoming.on('end', () => {
        const { method = '', url: path = '', headers } = incoming;
        this.#serve({ method, path, headers, body }, outgoing);
      });
    });
  }

  /** On loopback, of a network namespace where one is named. */
  static async start(answer: (request: Seen) => Answer, namespace?: string): Promise<FakeProvider> {
    const provider = new FakeProvider(answer);
    const server = provider.#server;
    await new Promise<void>((resolve) => {
      if (namespace === undefined) server.listen(0, '127.0.0.1', resolve);
      // Without a name to look up, the socket is opened before this returns.
      else inNamespace(namespace, () => server.listen(0, resolve));
    });
    return provider;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  of(method: string): Seen[] {
    return this.seen.filter((one) => one.method === method);
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #serve(request: Seen, outgoing: http.ServerResponse): void {
    this.seen.push(request);
    const fault = this.fault(request, this.of(request.method).length);
    if (fault?.kind === 'hang') return;
    if (fault?.kind === 'status') {
      const headers = fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter };
      outgoing.writeHead(fault.status, headers).end('{"error":"not now"}');
      return;
    }
    const { status, json, headers } = this.#answer(request);
    if (fault?.kind === 'lose') {
      outgoing.destroy();
      return;
    }
    outgoing
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(json === undefined ? '' : JSON.stringify(json));
  }
}

/** Diversions as this project's own examples describe them: PUT, PATCH, GET and DELETE of /v1/diversions/ID. */
export async function startWash(
  namespace?: string,
): Promise<FakeProvider & { readonly states: Map<string, string> }> {
  const states = new Map<string, string>();
  const provider = await FakeProvider.start(({ method, path }) => {
    const id = path.split('?')[0]!.split('/').at(-1)!;
    if (method === 'PUT') {
      if (!states.has(id)) states.set(id, 'starting');
      return { status: 202, json: { id } };
    }
    const state = states.get(id);
    if (state === undefined) return { status: 404, json: { error: 'no such diversion' } };
    if (method === 'DELETE') states.delete(id);
    return { status: 200, json: { id, state } };
  }, namespace);
  return Object.assign(provider, { states });
}

export interface BgpPrefixRow {
  readonly id: string;
  readonly cidr: string;
  readonly on_demand: { advertised: boolean; on_demand_enabled: boolean; on_demand_locked: boolean };
}

/** BGP prefixes of one account, in the envelope that Cloudflare publishes. */
export async function startCloudflare(
  account: string,
  owned: string,
  rows: BgpPrefixRow[],
): Promise<FakeProvider> {
  const base = `/client/v4/accounts/${account}/addressing/prefixes`;
  const parent = 'f'.repeat(32);
  const fine = (result: unknown): Answer => ({
    status: 200,
    json: { success: true, errors: [], messages: [], result },
  });
  const no = (status: number, message: string): Answer => ({
    status,
    json: { success: false, errors: [{ code: 1000, message }], messages: [], result: null },
  });
  return await FakeProvider.start(({ method, path, headers, body }) => {
    if (headers.authorization !== 'Bearer cf-token') return no(403, 'Authentication error');
    const [route = ''] = path.split('?');
    if (method === 'GET' && route === base)
      return fine([{ id: parent, cidr: owned, on_demand_enabled: true }]);
    if (method === 'GET' && route === `${base}/${parent}/bgp/prefixes`) return fine(rows);
    if (method === 'POST' && route === `${base}/${parent}/bgp/prefixes`) {
      const { cidr } = JSON.parse(body) as { cidr: string };
      const row = {
        ...{ id: `${rows.length + 1}`.padStart(32, '0'), cidr },
        on_demand: { advertised: false, on_demand_enabled: true, on_demand_locked: false },
      };
      rows.push(row);
      return fine(row);
    }
    const row = rows.find(({ id }) => route === `${base}/${parent}/bgp/prefixes/${id}`);
    if (method !== 'PATCH' || row === undefined) return no(404, 'not found');
    row.on_demand.advertised = (
      JSON.parse(body) as { on_demand: { advertised: boolean } }
    ).on_demand.advertised;
    return fine(row);
  });
}

/** Mitigations of a block at OVHcloud. Each takes one look to come into effect, and one to go. */
export async function startVac(
  block: string,
): Promise<FakeProvider & { readonly states: Map<string, string> }> {
  const states = new Map<string, string>();
  const base = `/1.0/ip/${encodeURIComponent(block)}/mitigation`;
  const provider = await FakeProvider.start(({ method, path, body }) => {
    if (method === 'POST' && path === base) {
      const { ipOnMitigation } = JSON.parse(body) as { ipOnMitigation: string };
      if (states.has(ipOnMitigation)) return { status: 409, json: { message: 'already under mitigation' } };
      states.set(ipOnMitigation, 'creationPending');
      return {
        status: 200,
        json: { ipOnMitigation, state: 'creationPending', auto: false, permanent: true },
      };
    }
    const ip = path.slice(base.length + 1);
    const state = states.get(ip);
    if (!path.startsWith(`${base}/`) || state === undefined)
      return { status: 404, json: { message: 'The requested object does not exist' } };
    if (method === 'DELETE') states.set(ip, 'removalPending');
    else if (state === 'creationPending') states.set(ip, 'ok');
    else if (state === 'removalPending') states.delete(ip);
    return { status: 200, json: { ipOnMitigation: ip, state, auto: false, permanent: true } };
  });
  return Object.assign(provider, { states });
}
