import { describe, expect, it } from 'vitest';
import { documentsOf, samplePolicy, sampleWith } from '../testkit/policy-sample.ts';
import { compileFeeds } from './compile-feeds.ts';

const feed = (name: string, spec: string): string => `---
apiVersion: tidegate/v1
kind: ThreatFeed
metadata: { name: ${name} }
spec: ${spec}
`;
const url = 'https://feeds.example.net/list.txt';
const compile = (...feeds: string[]) => compileFeeds(documentsOf(samplePolicy + feeds.join('')), 'game-eu');

describe('compileFeeds', () => {
  it('fills in defaults, and gives the feeds by name', () => {
    expect(
      compile(
        feed('own', '{ source: { path: feeds/own.txt }, format: plain }'),
        feed('drop', `{ source: { url: "${url}" }, format: spamhaus-drop }`),
      ),
    ).toEqual([
      {
        name: 'drop',
        origin: { url, refreshMs: 43_200_000, auth: null },
        format: 'spamhaus-drop',
        action: 'count',
        allowEmpty: false,
        shrinkShareMin: 0.5,
        growthMax: 3,
        credit: null,
      },
      expect.objectContaining({ name: 'own', origin: { path: 'feeds/own.txt' }, format: 'plain' }),
    ]);
  });

  it('takes what is written', () => {
    const written = `
  groups: [game-eu]
  source: { url: "${url}", refresh: 5m, auth: { header: Auth-Key, secret: "env:ABUSE_CH_KEY" } }
  format: abuse-ch-csv
  action: drop
  allowEmpty: true
  bounds: { shrink: 90%, grow: 1000% }
  credit: abuse.ch`;
    expect(compile(feed('botnet', written))).toEqual([
      {
        name: 'botnet',
        origin: { url, refreshMs: 300_000, auth: { header: 'Auth-Key', secret: 'env:ABUSE_CH_KEY' } },
        format: 'abuse-ch-csv',
        action: 'drop',
        allowEmpty: true,
        shrinkShareMin: expect.closeTo(0.1) as number,
        growthMax: 11,
        credit: 'abuse.ch',
      },
    ]);
  });

  it('leaves out feeds of other groups', () => {
    expect(compile(feed('a', '{ groups: [web], source: { path: a }, format: plain }'))).toEqual([]);
  });

  it('refuses a policy with findings', () => {
    expect(() => compileFeeds(documentsOf(sampleWith('20kpps', '20000')), 'game-eu')).toThrow(
      expect.objectContaining({ code: 'TG1015' }),
    );
  });
});
