import type { PolicyRule } from './rule.ts';

/** What lists of a format hold besides sources of attacks. */
const noise: Readonly<Record<string, string>> = {
  'firehol-netset': 'FireHOL merges many lists, also such as hold shared addresses and whole networks',
  'abuse-ch-csv': 'abuse.ch lists where malware is hosted and controlled, which are often shared servers',
};

/** Dropping by a list that is known for false hits shuts customers out. */
export const feedNoisyDrop: PolicyRule = {
  id: 'feed-noisy-drop',
  severity: 'warning',
  *check({ feeds }) {
    for (const document of feeds) {
      const { action, format } = document.spec;
      const why = action === 'drop' ? noise[format] : undefined;
      if (why === undefined) continue;
      const message = `${why}. Watch the matches with action: count before you drop by it.`;
      yield { document, path: '/spec/action', message };
    }
  },
};
