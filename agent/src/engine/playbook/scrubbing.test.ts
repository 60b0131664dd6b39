import type { CompiledScrubber, CompiledStep } from '@tidegate/schemas';
import { describe, expect, it } from 'vitest';
import { bodies, kinds, target, ttlMs } from './desk.contract.ts';
import type { Command } from './index.ts';
import { Ladder, drop, installs, policyOf, removals, rtbh } from './ladder.contract.ts';

const wash: CompiledScrubber = {
  ...{ name: 'wash', owned: ['203.0.113.0/24'], length: 24, length6: 48, activeWithinMs: 60_000 },
  diversionsMax: 1,
  api: {
    type: 'http',
    start: { method: 'PUT', url: 'https://scrub.example/{id}', headers: {} },
    stop: { method: 'DELETE', url: 'https://scrub.example/{id}', headers: {} },
  },
};
const scrub: CompiledStep = {
  ...{ action: 'scrub', via: 'scrubber', scrubber: 'wash', ttlMs, mode: 'enforce' },
  when: { linkShare: 0.8, forMs: 5000 },
};
const blackhole: CompiledStep = { ...rtbh, when: { linkShare: 0.9, scrub: 'failed', forMs: 5000 } };

const desks = (scrubber: Partial<CompiledScrubber> = {}): Ladder => {
  const desk = new Ladder();
  const policy = policyOf([drop, scrub, blackhole]);
  desk.tell({ type: 'policy', policy: { ...policy, scrubbers: [{ ...wash, ...scrubber }] } });
  return desk.begun();
};
const handed = (): { desk: Ladder; id: string } => {
  const desk = desks();
  desk.under(0.95, 6);
  const { id } = desk.install.rule;
  desk.tell({ type: 'receipt', id, level: 'accepted', rule: desk.seen(id) });
  return { desk, id };
};

const renewals = (commands: readonly Command[]): string[] =>
  commands.flatMap((one) => (one.type === 'renew' ? [one.rule.id] : []));

describe('scrubbing', () => {
  it('takes all that the provider takes, and says so', () => {
    const desk = desks();
    const said = desk.under(0.95, 6);
    expect(installs(said)).toMatchObject([
      {
        backend: 'scrubber',
        rule: {
          match: { destination: '203.0.113.0/24' },
          diverted: { scrubber: 'wash', prefix: '203.0.113.0/24', family: 'udp_flood' },
        },
      },
    ]);
    const [intent] = bodies(said, 'action.intent');
    expect(intent).toMatchObject({ action: 'scrub', backend: 'scrubber' });
    expect(intent?.reasons[0]).toContain(`all of 203.0.113.0/24 goes with ${target}`);
  });

  it('is never beside a blackhole, whatever arrives', () => {
    const { desk, id } = handed();
    expect(installs(desk.under(1, 30))).toEqual([]);
    desk.tell({ type: 'seen', id, rule: { ...desk.seen(id), level: 'installed' } });
    expect(installs(desk.under(1, 30))).toEqual([]);
  });

  it('keeps a blackhole away that does not ask for its failure', () => {
    const desk = new Ladder();
    const policy = policyOf([drop, scrub, rtbh]);
    desk.tell({ type: 'policy', policy: { ...policy, scrubbers: [wash] } });
    desk.begun();
    expect(installs(desk.under(1, 6)).map(({ backend }) => backend)).toEqual(['scrubber']);
    const { id } = desk.install.rule;
    desk.tell({ type: 'receipt', id, level: 'installed', rule: desk.seen(id) });
    const said = desk.under(1, 40);
    expect(bodies(said, 'action.refused')).toMatchObject([{ rail: 'scrubbing' }]);
    expect(installs(said)).toEqual([]);
  });

  it('that fails is ended, remembered, and followed by the blackhole', () => {
    const { desk, id } = handed();
    const said = desk.tell({ type: 'failed', id, code: 'TG2021', reason: 'no answer' });
    expect(bodies(said, 'action.failed')).toMatchObject([{ mitigation: id, code: 'TG2021' }]);
    expect(removals(said)).toEqual(['scrubber']);
    // The provider does not even say that it stopped.
    const after = desk.under(0.95, 6);
    expect(installs(after)).toMatchObject([{ backend: 'rtbh' }]);
    expect(bodies(after, 'action.intent')[0]?.reasons[0]).toContain('scrubbing failed, and 95 % of the link');
    expect(bodies(desk.under(0.95, 1), 'action.refused')).toEqual([]);
  });

  it('is not asked for again and again where the provider refuses', () => {
    const { desk, id } = handed();
    desk.tell({ type: 'failed', id, code: 'TG2021', reason: 'no' });
    desk.tell({ type: 'removed', id, rule: null, verified: true });
    const tries = installs(desk.under(0.85, 60)).filter(({ backend }) => backend === 'scrubber');
    for (const { rule } of tries) desk.tell({ type: 'failed', id: rule.id, code: 'TG2021', reason: 'no' });
    const ids = new Set(
      installs(desk.said).flatMap((one) => (one.backend === 'scrubber' ? [one.rule.id] : [])),
    );
    expect(ids.size).toBeLessThanOrEqual(3);
  });

  it('of what is not owned, or one too many, is refused, and the blackhole follows', () => {
    for (const scrubber of [{ owned: ['198.51.100.0/24'] }, { name: 'other' }]) {
      const desk = desks(scrubber);
      const said = desk.under(0.95, 12);
      expect(bodies(said, 'action.refused')).toMatchObject([{ rail: 'scrubber' }]);
      expect(installs(said)).toMatchObject([{ backend: 'rtbh' }]);
    }
  });

  it('ends before what stands on the host', () => {
    const { desk, id } = handed();
    expect(removals(desk.tell({ type: 'release', incident: null, by: 'me' }))).toEqual(['scrubber']);
    expect(removals(desk.tell({ type: 'removed', id, rule: null, verified: true }))).toEqual(['xdp']);
  });

  it('is renewed while the attack is seen, and its end shows whether it is over', () => {
    const { desk, id } = handed();
    desk.tell({ type: 'seen', id, rule: { ...desk.seen(id), level: 'installed' } });
    expect(renewals(desk.under(0.5, 25))).toContain(id);
    desk.tell({ type: 'quiet', target });
    expect(renewals(desk.wait(20_000))).not.toContain(id);
    desk.tell({ type: 'seen', id, rule: null });
    desk.wait(60_000);
    desk.wait(1000);
    expect(kinds(desk.said)).toContain('action.removed');
  });

  it('goes where the policy no longer says so', () => {
    const { desk } = handed();
    const policy = policyOf([drop, scrub, blackhole]);
    const said = desk.tell({ type: 'policy', policy: { ...policy, scrubbers: [{ ...wash, length: 32 }] } });
    expect(removals(said)).toEqual(['scrubber']);
  });
});
