/** A request to a provider: JSON both ways, and every fault as one that passes or not. */
import { reasonOf } from '../../ports.ts';
import { isPassing, request } from '../request.ts';
import { ProviderFault } from './provider.ts';

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Said {
  readonly status: number;
  /** Null where it is empty or no JSON. */
  readonly json: unknown;
}

/** Rejects for any status but 2xx and those of `fine`. Messages name no query and no header: keys may stand there. */
export async function ask(
  { method, url, headers, body }: Asked,
  fine: readonly number[] = [],
): Promise<Said> {
  const { host, pathname } = new URL(url);
  const what = `${method} ${host}${pathname}`;
  const answer = await request({
    ...{ method, url, body: body ?? null, isAnswerRead: true },
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
  }).catch((error: unknown) => {
    throw new ProviderFault(`${what}: ${reasonOf(error)}`, true);
  });
  const { status, retryAfterMs, text } = answer;
  if ((status >= 200 && status < 300) || fine.includes(status)) return { status, json: readJson(text) };
  const said = text.replaceAll(/\s+/g, ' ').trim().slice(0, 200);
  const why = said === '' ? '' : `: ${said}`;
  throw new ProviderFault(`${what} answers ${String(status)}${why}`, isPassing(status), retryAfterMs);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/** A field of an object of whatever kind. */
export const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
