/** What BIRD knows, through its control socket and its log. */
import { execFileSync } from 'node:child_process';
import type { RunningProcess } from '../process.ts';

export interface BirdView {
  /** FlowSpec rules that it has, as it prints them. */
  flows(): string[];
  /** All that it says of one route: `203.0.113.7/32`, or a flow in its words. Empty where it has none. */
  route(prefix: string): string;
  /** How often the session came up since the start. */
  sessions(): number;
  /** Since when the session is up, to the ms; null while it is not. Asked of BIRD itself: the log comes a little later. */
  upSince(): string | null;
  /** What it holds against its peer, one a line. */
  complaints(): string[];
}

export function viewOf(bird: RunningProcess, control: string): BirdView {
  const birdc = (...words: string[]): string =>
    execFileSync('birdc', ['-s', control, ...words], { encoding: 'utf8', maxBuffer: 2 ** 28 });
  const said = (pattern: RegExp): string[] =>
    bird
      .output()
      .split('\n')
      .filter((line) => pattern.test(line));
  return {
    flows: () =>
      [4, 6].flatMap((family) =>
        [...birdc('show', 'route', 'table', `flowtab${family}`).matchAll(/flow[46] \{.*?\}/g)].map(
          ([text]) => text,
        ),
      ),
    route(prefix) {
      const family = prefix.includes(':') ? 6 : 4;
      const table = prefix.startsWith('flow') ? `flowtab${prefix.slice(4, 5)}` : `master${family}`;
      return birdc('show', 'route', prefix, 'table', table, 'all').split('\n').slice(1).join('\n').trim();
    },
    sessions: () => said(/State changed to up/).length,
    upSince: () => /^gobgp\s.*\sup\s+(\S+)\s+Established/m.exec(birdc('show', 'protocols'))?.[1] ?? null,
    complaints: () => said(/<RMT>|bogus/),
  };
}
