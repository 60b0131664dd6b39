import { urlFault } from './url-fault.ts';
import type { PolicyRule } from './rule.ts';

/** Whoever may divert traffic, or see where it is diverted, holds the keys to it. */
export const scrubberUrl: PolicyRule = {
  id: 'scrubber-url',
  severity: 'error',
  *check({ scrubbers }) {
    for (const document of scrubbers) {
      const { http, cloudflareMagicTransit, ovhVac } = document.spec;
      const urls: Readonly<Record<string, string | undefined>> = {
        'http/start/url': http?.start.url,
        'http/renew/url': http?.renew?.url,
        'http/stop/url': http?.stop.url,
        'http/state/url': http?.state?.url,
        'cloudflareMagicTransit/url': cloudflareMagicTransit?.url,
        'ovhVac/url': ovhVac?.url,
      };
      for (const [path, url] of Object.entries(urls)) {
        if (url === undefined) continue;
        const message = urlFault(url, 'authorization, by a reference') ?? placeholderFault(url);
        if (message !== null) yield { document, path: `/spec/${path}`, message };
      }
    }
  },
};

const known = ['id', 'prefix', 'address', 'length', 'version', 'family', 'incident', 'ttlSeconds'];

function placeholderFault(url: string): string | null {
  const [authority] = /^https?:\/\/[^/?#]*/.exec(url) ?? [''];
  if (/[{}]/.test(authority)) return 'The host is written out: no placeholder stands in it.';
  for (const [written, name] of url.matchAll(/\{([^{}]*)\}/g)) {
    if (!known.includes(name ?? ''))
      return `There is no placeholder ${written}; there is ${known.map((one) => `{${one}}`).join(', ')}.`;
  }
  return null;
}
