/**
 * The speaker of a site, as agents see it: only what they asked for themselves.
 *
 * It holds every route as a lease of its own, and withdraws it when the time that it was told of is over, whatever became
 * of the agent. One request is one answer; nothing is kept open.
 */
import https from 'node:https';
import { TidegateError, expectShape } from '@tidegate/schemas';
import type { SiteHeld, SiteRoutes, WireShapeName, WireShapes } from '@tidegate/schemas';
import { routeKey } from '@tidegate/schemas/bgp';
import type { BgpRoute } from '@tidegate/schemas/bgp';
import { reasonOf } from '../../../ports.ts';
import { request } from '../../request.ts';
import type { BgpSpeaker, Ends, Neighbour, SpokenRoute } from '../speaker.ts';

export interface SiteClientOptions {
  readonly url: string;
  /** PEM: whom to trust, and the certificate of this agent with its key. */
  readonly tls: { readonly ca: Buffer; readonly cert: Buffer; readonly key: Buffer };
  /** Wall time, ms; for tests. @default Date.now */
  readonly wallMs?: () => number;
}

/** One request and its answer, ms. */
const answerMs = 3000;
const answerBytesMax = 16 * 1024 * 1024;
/** What is read for one question answers others that come at once. */
const freshMs = 100;
/** Between two looks for what changed, ms. */
const watchMs = 1000;
/** What nobody told the end of is held no longer than this, ms. */
const untoldMs = 10_000;

/** Rejects with TG2017 where it does not answer. */
export async function connectToSite(options: SiteClientOptions): Promise<BgpSpeaker> {
  const speaker = new SiteSpeaker(options);
  await speaker.neighbours().catch((error: unknown) => {
    speaker.close();
    throw error;
  });
  return speaker;
}

class SiteSpeaker implements BgpSpeaker {
  readonly name: string;
  readonly #options: SiteClientOptions;
  readonly #agent: https.Agent;
  readonly #wallMs: () => number;
  #read: { readonly atMs: number; readonly answer: Promise<SiteRoutes> } | null = null;

  constructor(options: SiteClientOptions) {
    this.#options = options;
    this.#wallMs = options.wallMs ?? Date.now;
    this.name = `the site speaker at ${options.url}`;
    this.#agent = new https.Agent({ keepAlive: true, maxSockets: 2, ...options.tls });
  }

  async announce(routes: readonly BgpRoute[], ends: Ends = new Map()): Promise<void> {
    if (routes.length === 0) return;
    const nowMs = this.#wallMs();
    const leases = routes.map((route) => {
      const untilMs = ends.get(routeKey(route));
      const ttlMs = untilMs === undefined ? untoldMs : Math.ceil(untilMs - nowMs);
      return { route, ttlMs: Math.min(86_400_000, Math.max(1, ttlMs)) };
    });
    const answer = await this.#change('/v1/hold', { schema: 'tidegate/site-hold/v1', leases });
    const { held } = this.#checked('site-held', answer);
    const refused = held.find(({ level }) => level === 'refused' || level === 'failed');
    if (refused !== undefined)
      throw new TidegateError(refused.level === 'refused' ? 'TG2020' : 'TG2018', refusalText(refused));
    const waiting = held.find(({ level }) => level === 'pending');
    if (waiting !== undefined) throw new TidegateError('TG2017', refusalText(waiting));
  }

  /** Asking again is how more time is given. */
  async renew(routes: readonly BgpRoute[], ends: Ends): Promise<void> {
    await this.announce(routes, ends);
  }

  async withdraw(routes: readonly BgpRoute[]): Promise<void> {
    if (routes.length === 0) return;
    await this.#change('/v1/release', { schema: 'tidegate/site-release/v1', routes: [...routes] });
  }

  async routes(): Promise<SpokenRoute[]> {
    const { routes } = await this.#routes();
    return routes.flatMap(({ route, isThere }) => (isThere ? [{ key: routeKey(route), route }] : []));
  }

  async neighbours(): Promise<Neighbour[]> {
    return (await this.#routes()).neighbours;
  }

  async advertised({ address }: Neighbour): Promise<ReadonlySet<string>> {
    const { routes } = await this.#routes();
    const sent = routes.filter(({ neighbours }) => neighbours.includes(address));
    return new Set(sent.map(({ route }) => routeKey(route)));
  }

  watch(changed: () => void): () => void {
    let known: string | null = null;
    const timer = setInterval(() => {
      this.neighbours().then(
        (neighbours) => {
          const now = JSON.stringify(neighbours);
          if (known !== null && known !== now) over();
          known = now;
        },
        () => {
          over();
        },
      );
    }, watchMs);
    const stop = (): void => {
      clearInterval(timer);
    };
    const over = (): void => {
      stop();
      changed();
    };
    timer.unref();
    return stop;
  }

  close(): void {
    this.#agent.destroy();
  }

  async #routes(): Promise<SiteRoutes> {
    const nowMs = performance.now();
    if (this.#read === null || nowMs - this.#read.atMs > freshMs) {
      const answer = this.#ask('GET', '/v1/routes', null).then((body) => this.#checked('site-routes', body));
      this.#read = { atMs: nowMs, answer };
    }
    return await this.#read.answer;
  }

  /** What was read before says nothing any more, also where the answer was lost on its way. */
  async #change(path: string, body: object): Promise<unknown> {
    try {
      return await this.#ask('POST', path, body);
    } finally {
      this.#read = null;
    }
  }

  #checked<Name extends WireShapeName>(shape: Name, body: unknown): WireShapes[Name] {
    return expectShape(shape, body, 'TG2017', `${this.name} answers with no ${shape}`);
  }

  async #ask(method: string, path: string, body: object | null): Promise<unknown> {
    const { status, text } = await request({
      method,
      url: `${this.#options.url}${path}`,
      headers: body === null ? {} : { 'content-type': 'application/json' },
      body: body === null ? null : JSON.stringify(body),
      isAnswerRead: true,
      agent: this.#agent,
      deadlineMs: answerMs,
      answerBytesMax,
    }).catch((error: unknown) => {
      throw new TidegateError('TG2017', `${this.name} does not answer: ${reasonOf(error)}`);
    });
    if (status >= 200 && status < 300) return text === '' ? null : (JSON.parse(text) as unknown);
    const detail = detailOf(text);
    if (status >= 500) throw new TidegateError('TG2017', `${this.name} answers ${status}: ${detail}`);
    throw new TidegateError('TG2018', `${this.name} answers ${status}: ${detail}`);
  }
}

const refusalText = ({ level, reason }: SiteHeld['held'][number]): string => reason ?? `it is ${level}`;

function detailOf(said: string): string {
  try {
    const { detail } = JSON.parse(said) as { detail?: unknown };
    return typeof detail === 'string' ? detail : 'no reason';
  } catch {
    return said.slice(0, 200);
  }
}
