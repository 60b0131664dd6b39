/** Placeholders in what a policy has written of a request. */
import { parseCidr } from '@tidegate/schemas';
import type { Order } from './provider.ts';

type Values = Readonly<Record<string, string | number>>;

export function valuesOf({ id, prefix, incident, family, ttlMs }: Order): Values {
  const { family: version, length } = parseCidr(prefix);
  const [address = ''] = prefix.split('/');
  const ttlSeconds = Math.ceil(ttlMs / 1000);
  return { id, prefix, address, length, version, family, incident, ttlSeconds };
}

const pattern = /\{([A-Za-z]+)\}/g;

/** A placeholder that is not known stays as it is: braces may be meant. */
const fillText = (text: string, values: Values): string =>
  text.replaceAll(pattern, (written, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : written,
  );

/** Each value as one segment or parameter: a prefix does not become two segments by its slash. */
export const fillUrl = (url: string, values: Values): string =>
  url.replaceAll(pattern, (written, name: string) =>
    Object.hasOwn(values, name) ? encodeURIComponent(values[name]!) : written,
  );

/** Strings at any depth. One that is a placeholder and nothing else takes the type of what it stands for. */
export function fill(value: unknown, values: Values): unknown {
  if (typeof value === 'string') {
    const name = /^\{([A-Za-z]+)\}$/.exec(value)?.[1];
    return name !== undefined && Object.hasOwn(values, name) ? values[name] : fillText(value, values);
  }
  if (Array.isArray(value)) return value.map((item) => fill(item, values));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, values)]));
}

/** What stands at a JSON Pointer (RFC 6901); undefined where nothing does. */
export function at(value: unknown, pointer: string): unknown {
  let here = value;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Readonly<Record<string, unknown>>)[key];
  }
  return here;
}
