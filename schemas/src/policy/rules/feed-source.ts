import type { ValidDocument } from '../document.ts';
import { policyDefaults } from '../defaults.ts';
import { amountOf } from '../amount-of.ts';
import type { PolicyRule } from './rule.ts';
import { urlFault } from './url-fault.ts';

const hourMs = 3_600_000;

interface Fault {
  readonly path: string;
  readonly message: string;
  readonly suggestion?: string;
}

/** A list has one source, which the controller can reach, may reach, and does not ask more often than its owner wants. */
export const feedSource: PolicyRule = {
  id: 'feed-source',
  severity: 'error',
  *check({ feeds }) {
    for (const document of feeds) {
      for (const fault of faultsOf(document.spec)) yield { document, ...fault };
    }
  },
};

function* faultsOf({ source, format }: ValidDocument<'ThreatFeed'>['spec']): Generator<Fault> {
  const { path, url, refresh = policyDefaults.threatFeed.refresh } = source;
  if ((path === undefined) === (url === undefined)) {
    yield { path: '/spec/source', message: 'Give the list as either path or url, exactly one of them.' };
    return;
  }
  if (path?.split('/').includes('..') === true) {
    yield { path: '/spec/source/path', message: 'The path leaves the policy folder.' };
  }
  if (url === undefined) {
    for (const key of ['refresh', 'auth'] as const) {
      if (source[key] === undefined) continue;
      yield { path: `/spec/source/${key}`, message: `${key} is for a url; a path is read with the policy.` };
    }
    return;
  }
  const fault = urlFault(url, 'auth');
  if (fault !== null) yield { path: '/spec/source/url', message: fault };
  if (format === 'spamhaus-drop' && amountOf('duration', refresh) < hourMs) {
    const message = 'Spamhaus asks that its lists are fetched at most once an hour.';
    yield { path: '/spec/source/refresh', message, suggestion: '1h' };
  }
}
