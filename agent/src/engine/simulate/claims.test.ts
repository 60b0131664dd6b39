import { describe, expect, it } from 'vitest';
import { failuresOf } from './claims.ts';
import type { Claims, Judged } from './claims.ts';

type Incident = Judged['incidents'][number];
type Action = Incident['actions'][number];

const action = (type: Action['type'], level: Action['level'] = 'installed'): Action => ({
  ...{
    type,
    atMs: 2100,
    ttlSeconds: 60,
    mode: 'enforce',
    backend: 'xdp',
    match: null,
    level,
    endedAtMs: null,
  },
});
const incident = (...actions: Action[]): Incident => ({
  ...{ id: 'inc-0123456789abcdef', target: '203.0.113.10', family: 'udp_flood', confidence: 0.9 },
  ...{ startedAtMs: 2000, detectedAtMs: 2100, endedAtMs: null, reasons: [], actions, refused: [] },
});
const none = { packets: 0, share: 0, basis: null, samples: 0, reason: null } as const;
const judged = (changes: Partial<Judged> = {}): Judged => ({
  incidents: [],
  collateral: none,
  labelled: null,
  ...changes,
});
const failures = (claims: Claims, outcome: Partial<Judged> = {}): string[] =>
  failuresOf(claims, judged(outcome)).map(({ claim, message }) => `${claim}: ${message}`);

describe('what is expected', () => {
  it('holds where it was taken, in any incident', () => {
    const incidents = [incident(), incident(action('synproxy'), action('drop'))];
    expect(failures({ expect: ['drop', 'synproxy'] }, { incidents })).toEqual([]);
  });

  it('fails where nothing happened, where another thing did, and where it never took effect', () => {
    expect(failures({ expect: ['drop'] })).toEqual([
      '/spec/expect/0: drop was expected and not taken: no incident was opened.',
    ]);
    expect(
      failures({ expect: ['synproxy', 'drop'] }, { incidents: [incident(action('drop', null))] }),
    ).toEqual([
      '/spec/expect/0: synproxy was expected and not taken: the first incident was udp_flood on 203.0.113.10, detected at 2.1 s.',
      '/spec/expect/1: drop was expected and not taken: the first incident was udp_flood on 203.0.113.10, detected at 2.1 s.',
    ]);
  });

  it('says what was refused', () => {
    const refused = [{ atMs: 2100, rail: 'collateral', reason: 'it would hit 3 % of legitimate traffic' }];
    expect(failures({ expect: ['drop'] }, { incidents: [{ ...incident(), refused }] })).toEqual([
      '/spec/expect/0: drop was expected and not taken: at 2.1 s it was refused: it would hit 3 % of legitimate traffic.',
    ]);
  });
});

describe('what is forbidden', () => {
  it('fails once, for the first time', () => {
    expect(
      failures(
        { never: ['synproxy', 'drop'] },
        { incidents: [incident(action('drop')), incident(action('drop'))] },
      ),
    ).toEqual([
      '/spec/never/1: drop was taken at 2.1 s, against udp_flood on 203.0.113.10, detected at 2.1 s.',
    ]);
  });

  it('fails also where it was tried and never took effect', () => {
    expect(failures({ never: ['drop'] }, { incidents: [incident(action('drop', null))] })).toHaveLength(1);
  });

  it('as a drop may not be done by a ceiling either', () => {
    const incidents = [incident(action('ceiling'))];
    expect(failures({ never: ['drop'] }, { incidents })[0]).toMatch(/drop \(by a ceiling\) was taken/);
    expect(failures({ never: ['synproxy'] }, { incidents })).toEqual([]);
    expect(failures({ expect: ['drop'] }, { incidents })).toHaveLength(1);
  });
});

describe('a budget', () => {
  const collateral = (share: number | null): Judged['collateral'] => ({
    ...{ packets: share === null ? null : 12, share, basis: share === null ? null : 'labels', samples: 9 },
    reason: share === null ? 'there are no samples' : null,
  });

  it('of collateral holds up to its amount, and fails above and where it is not known', () => {
    const claims = { budget: { collateral: '0.1%' } };
    expect(failures(claims, { collateral: collateral(0.001) })).toEqual([]);
    expect(failures(claims, { collateral: collateral(0.00125) })).toEqual([
      '/spec/budget/collateral: 0.125 % of the legitimate packets would be dropped (12 packets); 0.1% is allowed.',
    ]);
    expect(failures(claims, { collateral: collateral(null) })).toEqual([
      '/spec/budget/collateral: The collateral is not known: there are no samples.',
    ]);
  });

  it('of time to detection is for every labelled attack, and fails where none is labelled', () => {
    const attack = { target: '203.0.113.10', family: 'syn_flood', startedAtMs: 1000, endedAtMs: 3000 };
    const found = (detectionMs: number) => ({ ...attack, incident: 'inc-0123456789abcdef', detectionMs });
    const claims = { budget: { detection: '300ms' } };
    expect(failures(claims, { labelled: [found(300), found(100)] })).toEqual([]);
    expect(
      failures(claims, { labelled: [found(301), { ...attack, incident: null, detectionMs: null }] }),
    ).toEqual([
      '/spec/budget/detection: The syn_flood on 203.0.113.10 from 1 s was detected after 0.301 s; 300ms is allowed.',
      '/spec/budget/detection: The syn_flood on 203.0.113.10 from 1 s was not detected.',
    ]);
    for (const labelled of [null, []])
      expect(failures(claims, { labelled })[0]).toMatch(/the traffic has no labelled attack/);
  });
});
