import { describe, expect, it } from 'vitest';
import { bodies, target, ttlMs } from './desk.contract.ts';
import {
  Ladder,
  drop,
  edge,
  flowspec,
  forecast,
  forecasts,
  installs,
  match,
  policyOf,
  removals,
  rtbh,
} from './ladder.contract.ts';

describe('a step with a condition', () => {
  it('is taken when it held for its time, beside what stands', () => {
    const desk = new Ladder().begun();
    expect(installs(desk.under(0.7, 10))).toEqual([]);
    const said = desk.under(0.7, 1);
    expect(bodies(said, 'action.intent')).toMatchObject([
      { step: 1, action: 'flowspec', backend: 'flowspec', match, collateral: { share: 0.01, samples: 400 } },
    ]);
    expect(bodies(said, 'action.intent')[0]?.reasons[0]).toContain(
      '70 % of the link arrived for 10 s in spite of the steps before',
    );
    expect(installs(said)).toMatchObject([
      {
        backend: 'flowspec',
        rule: {
          verdict: 'drop',
          announced: {
            speaker: 'default',
            route: { kind: 'flowspec', rule: { actions: [{ type: 'discard' }] }, communities: ['65001:100'] },
          },
        },
      },
    ]);
    expect(desk.state.incidents.get(target)?.mitigations).toHaveLength(2);
    desk.advertised();
    expect(installs(desk.under(0.7, 30))).toEqual([]);
  });

  it('begins its time anew after a break, and after a pause', () => {
    const desk = new Ladder().begun();
    desk.under(0.7, 8);
    desk.under(0.5, 1);
    expect(installs(desk.under(0.7, 8))).toEqual([]);
    desk.wait(4000);
    expect(installs(desk.under(0.7, 8))).toEqual([]);
    expect(installs(desk.under(0.7, 3))).toHaveLength(1);
  });

  it('waits until the step before has taken effect, or failed', () => {
    const desk = new Ladder();
    desk.attack({}, 'B', forecasts);
    const { id } = desk.install.rule;
    desk.under(0.7, 2);
    desk.tell({ type: 'receipt', id, level: 'installed', rule: desk.seen(id) });
    desk.under(0.7, 2);
    desk.tell({ type: 'failed', id, code: 'TG2013', reason: 'the traffic did not fall' });
    expect(installs(desk.under(0.7, 10))).toEqual([]);
    expect(installs(desk.under(0.7, 1)).map(({ backend }) => backend)).toEqual(['flowspec']);
  });

  it('may name rates, all of which must hold', () => {
    const when = { packetsPerSecond: 100_000, bitsPerSecond: 1e9, forMs: 1000 };
    const desk = new Ladder([drop, { ...flowspec, when }]).begun();
    expect(installs(desk.under(0, 5))).toEqual([]);
    const low = { ...when, bitsPerSecond: 5e8 };
    const other = new Ladder([drop, { ...flowspec, when: low }]).begun();
    expect(installs(other.under(0, 5))).toHaveLength(1);
  });

  it('may be one of this host: what was held to a rate is dropped whole', () => {
    const limit = { unit: 'packets', perSecond: 5000 } as const;
    const whole = { ...drop, when: { packetsPerSecond: 100_000, forMs: 1000 } };
    const desk = new Ladder([{ ...drop, limit }, whole]);
    desk.attack({}, 'B', forecasts);
    const { id, verdict } = desk.install.rule;
    expect(verdict).toBe('limit');
    desk.tell({ type: 'receipt', id, level: 'installed', rule: desk.seen(id) });
    expect(installs(desk.under(0, 3))).toMatchObject([{ backend: 'xdp', rule: { verdict: 'drop', match } }]);
    expect(desk.state.incidents.get(target)?.mitigations).toHaveLength(2);
  });

  it('that only observes is announced to nobody, and counts as shown', () => {
    const desk = new Ladder([drop, { ...flowspec, mode: 'observe' }]).begun();
    const [install] = installs(desk.under(0.7, 11));
    expect(install?.rule.verdict).toBe('count');
    expect(desk.state.announcedAtNs).toEqual([]);
  });

  it('limits where its rate says so', () => {
    const limit = { unit: 'bits', perSecond: 1e7 } as const;
    const [install] = installs(new Ladder([drop, { ...flowspec, limit }]).begun().under(0.7, 11));
    expect(install?.rule).toMatchObject({ verdict: 'limit', limit: { unit: 'bytes', perSecond: 1.25e6 } });
    expect(install?.rule.announced?.route).toMatchObject({
      rule: { actions: [{ type: 'limit', bytesPerSecond: 1.25e6 }] },
    });
  });
});

describe('rails of an announcement', () => {
  const refusals = (desk: Ladder, seconds = 11) => bodies(desk.under(0.7, seconds), 'action.refused');

  it.each([
    ['owned', new Ladder(undefined, [{ ...edge, owned: ['198.51.100.0/24'] }]).begun()],
    ['policy', new Ladder(undefined, []).begun()],
    ['collateral', new Ladder().begun({ flowspec: { ...forecast, collateral: 0.2 } })],
    ['translation', new Ladder().begun({ flowspec: { ...forecast, refused: 'too little is left' } })],
    ['no-signature', new Ladder().begun({})],
  ])('%s: refused once, with its reason', (rail, desk) => {
    expect(refusals(desk)).toMatchObject([{ rail }]);
    expect(refusals(desk)).toEqual([]);
    expect(desk.state.incidents.get(target)?.mitigations).toHaveLength(1);
  });

  it('pace and budget are of all incidents together', () => {
    for (const [bounds, rail] of [
      [{ routesMax: 1 }, 'budget'],
      [{ perMinute: 1 }, 'pace'],
    ] as const) {
      const other = { ...match, destination: '203.0.113.11/32' };
      const desk = new Ladder(undefined, [{ ...edge, ...bounds }]).begun({
        flowspec: { ...forecast, matches: [match, other] },
      });
      expect(refusals(desk)).toMatchObject([{ rail }]);
      expect(desk.said.filter(({ type }) => type === 'install')).toHaveLength(2);
    }
  });

  it('without a speaker says what is missing', () => {
    const desk = new Ladder().begun();
    const bare = { ...desk.context, backends: ['xdp', 'nftables'] as const };
    Object.assign(desk, { context: bare });
    expect(refusals(desk)).toMatchObject([{ rail: 'backend' }]);
  });

  it('a route that routers would not have is tried three times, and no more', () => {
    const desk = new Ladder([drop, flowspec]).begun();
    desk.under(0.7, 10);
    for (let time = 0; time < 10; time++) {
      const [install] = installs(desk.under(0.7, 6));
      if (install !== undefined)
        desk.tell({ type: 'failed', id: install.rule.id, code: 'TG2020', reason: 'beyond its bounds' });
    }
    expect(desk.said.filter((one) => one.type === 'install' && one.backend === 'flowspec')).toHaveLength(3);
  });
});

describe('a blackhole', () => {
  it('comes last, and gives up one address', () => {
    const desk = new Ladder().begun();
    desk.under(0.97, 11);
    desk.advertised();
    const said = desk.under(0.97, 31);
    expect(bodies(said, 'action.intent')).toMatchObject([
      { step: 2, action: 'rtbh', backend: 'rtbh', match: { destination: `${target}/32` } },
    ]);
    expect(installs(said)[0]?.rule.announced?.route).toEqual({
      ...{ kind: 'blackhole', prefix: `${target}/32`, nextHop: '192.0.2.1', communities: ['65535:666'] },
    });
  });

  it('is not for volume alone, nor for more than one address', () => {
    const doubtful = new Ladder([rtbh]);
    doubtful.attack({}, 'A', forecasts);
    expect(bodies(doubtful.under(1, 31), 'action.refused')).toMatchObject([{ rail: 'corroboration' }]);
  });
});

describe('routes', () => {
  const announced = (): Ladder => {
    const desk = new Ladder([drop, flowspec]).begun();
    desk.under(0.7, 11);
    desk.advertised();
    return desk;
  };

  it('outlast local quiet: they end by their TTL, and the target is watched without them', () => {
    const desk = announced();
    const { id } = desk.install.rule;
    desk.tell({ type: 'quiet', target });
    expect(desk.state.incidents.get(target)?.ending).toBeNull();
    const said = desk.wait(ttlMs / 2);
    expect(said.filter(({ type }) => type === 'renew')).toMatchObject([{ backend: 'xdp' }]);
    desk.wait(ttlMs / 2);
    desk.tell({ type: 'seen', id, rule: null });
    desk.wait(100);
    expect(desk.state.incidents.get(target)).toMatchObject({ upstreamWithdrawals: 1, ending: null });
    desk.wait(9000);
    expect(desk.state.incidents.get(target)?.ending).toBeNull();
    expect(bodies(desk.wait(1500), 'incident.closed')).toMatchObject([{ reason: 'quiet' }]);
  });

  it('come again at once, for twice as long, where the attack does', () => {
    const desk = announced();
    const { id } = desk.install.rule;
    desk.tell({ type: 'quiet', target });
    desk.wait(ttlMs + 100);
    desk.tell({ type: 'seen', id, rule: null });
    desk.wait(100);
    const [install] = installs(desk.under(0.7, 1));
    expect(install?.rule.ttlMs).toBe(2 * ttlMs);
    expect(desk.state.incidents.get(target)).toMatchObject({ probeUntilNs: null, isQuiet: false });
  });

  it('are renewed while the attack still arrives', () => {
    const desk = announced();
    const said = desk.under(0.7, 25);
    expect(said.filter((one) => one.type === 'renew' && one.backend === 'flowspec')).not.toEqual([]);
  });

  it('go first, and at once when a person or a policy says so', () => {
    const desk = announced();
    expect(removals(desk.tell({ type: 'release', incident: null, by: 'me' }))).toEqual(['flowspec']);
    const { id } = desk.install.rule;
    expect(removals(desk.tell({ type: 'removed', id, rule: desk.seen(id), verified: true }))).toEqual([
      'xdp',
    ]);
    const other = announced();
    const said = other.tell({
      type: 'policy',
      policy: policyOf([drop, flowspec], [{ ...edge, communities: [] }]),
    });
    expect(removals(said)).toEqual(['flowspec']);
    expect(removals(announced().tell({ type: 'stop-all', by: 'me' }))).toEqual(['flowspec', 'xdp']);
  });

  it('do not wait for a speaker that says nothing', () => {
    const desk = announced();
    desk.tell({ type: 'release', incident: null, by: 'me' });
    expect(removals(desk.wait(2000))).toEqual(['flowspec', 'xdp']);
  });

  it('rise from accepted to advertised when it is seen', () => {
    const desk = new Ladder([drop, flowspec]).begun();
    desk.under(0.7, 11);
    const { id } = desk.install.rule;
    desk.tell({ type: 'receipt', id, level: 'accepted', rule: { ...desk.seen(id), level: 'accepted' } });
    const said = desk.tell({ type: 'seen', id, rule: { ...desk.seen(id), level: 'advertised' } });
    expect(bodies(said, 'action.receipt')).toMatchObject([{ level: 'advertised' }]);
    expect(desk.tell({ type: 'seen', id, rule: { ...desk.seen(id), level: 'accepted' } })).toEqual([]);
  });
});

describe('a step that announces without a condition', () => {
  it('is taken where the steps before failed', () => {
    const { when: _, ...alternative } = flowspec;
    const desk = new Ladder([{ ...drop, via: 'xdp' }, alternative]);
    desk.attack({}, 'B', forecasts);
    desk.tell({ type: 'failed', id: desk.install.rule.id, code: 'TG2003', reason: 'no' });
    desk.attack({}, 'B', forecasts);
    expect(desk.install).toMatchObject({ backend: 'flowspec', rule: { announced: { speaker: 'default' } } });
  });
});
