import type { CompiledChannel } from '@tidegate/schemas';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Outbox } from './outbox.ts';
import type { Delivery, Outcome } from './outbox.ts';
import { sample } from './sample.contract.ts';

const channel = (perMinute: number): CompiledChannel => ({
  name: 'oncall',
  to: { type: 'webhook', url: 'https://example.org/' },
  on: ['opened'],
  perMinute,
});
const failed = (changes: Partial<Extract<Delivery, { ok: false }>> = {}): Delivery => ({
  ok: false,
  reason: 'the receiver answers 500',
  isFinal: false,
  retryAfterMs: null,
  ...changes,
});
const numbered = (number: number) => sample({ id: `n-${number}` });

describe('an outbox', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 0 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  function open(answers: (attempt: number) => Delivery, { perMinute = 20, canGather = true } = {}) {
    const attempts: { id: string; atMs: number; others: number }[] = [];
    const outcomes: Outcome[] = [];
    const outbox = new Outbox({
      channel: channel(perMinute),
      canGather,
      nowMs: () => Date.now(),
      deliver: async ({ id, others }) => {
        attempts.push({ id, atMs: Date.now(), others: others.length });
        return await Promise.resolve(answers(attempts.length));
      },
      onOutcome: (outcome) => outcomes.push(outcome),
    });
    return { outbox, attempts, outcomes };
  }

  it('tells in order, and records that it did', async () => {
    const { outbox, attempts, outcomes } = open(() => ({ ok: true }));
    for (let number = 1; number <= 3; number++) outbox.offer(numbered(number));
    await vi.advanceTimersByTimeAsync(0);
    expect(attempts.map(({ id }) => id)).toEqual(['n-1', 'n-2', 'n-3']);
    expect(outcomes.map(({ failure, attempts: tried }) => [failure, tried])).toEqual([
      [null, 1],
      [null, 1],
      [null, 1],
    ]);
  });

  it('tries again, each time later, and gives up after six attempts', async () => {
    const { outbox, attempts, outcomes } = open(() => failed());
    outbox.offer(numbered(1));
    await vi.advanceTimersByTimeAsync(120_000);
    expect(attempts.map(({ atMs }) => atMs)).toEqual([0, 1000, 3000, 7000, 15_000, 31_000]);
    expect(outcomes).toMatchObject([{ attempts: 6, failure: 'the receiver answers 500' }]);
  });

  it('waits as long as the receiver asks for, within bounds', async () => {
    const { outbox, attempts } = open((attempt) =>
      attempt === 1
        ? failed({ retryAfterMs: 9000 })
        : attempt === 2
          ? failed({ retryAfterMs: 1e9 })
          : { ok: true },
    );
    outbox.offer(numbered(1));
    await vi.advanceTimersByTimeAsync(120_000);
    expect(attempts.map(({ atMs }) => atMs)).toEqual([0, 9000, 69_000]);
  });

  it('does not try again what the receiver will never take', async () => {
    const { outbox, attempts, outcomes } = open(() =>
      failed({ isFinal: true, reason: 'the receiver answers 404' }),
    );
    outbox.offer(numbered(1));
    await vi.advanceTimersByTimeAsync(120_000);
    expect(attempts).toHaveLength(1);
    expect(outcomes).toMatchObject([{ attempts: 1, failure: 'the receiver answers 404' }]);
  });

  it('keeps to its rate, and tells what waited in one', async () => {
    const { outbox, attempts, outcomes } = open(() => ({ ok: true }), { perMinute: 2 });
    for (let number = 1; number <= 10; number++) outbox.offer(numbered(number));
    await vi.advanceTimersByTimeAsync(90_000);
    expect(attempts.length).toBeLessThanOrEqual(3);
    expect(attempts.reduce((sum, { others }) => sum + 1 + others, 0)).toBe(10);
    expect(outcomes).toHaveLength(10);
  });

  it('keeps every one for itself where the channel is a pager', async () => {
    const { outbox, attempts } = open(() => ({ ok: true }), { perMinute: 2, canGather: false });
    for (let number = 1; number <= 4; number++) outbox.offer(numbered(number));
    await vi.advanceTimersByTimeAsync(61_000);
    expect(attempts.map(({ id, atMs }) => [id, atMs])).toEqual([
      ['n-1', 0],
      ['n-2', 0],
      ['n-3', 30_000],
      ['n-4', 60_000],
    ]);
  });

  it('is bounded: the oldest makes room, and that is said', async () => {
    const { outbox, outcomes } = open(() => failed(), { canGather: false });
    for (let number = 0; number < 150; number++) outbox.offer(numbered(number));
    await vi.advanceTimersByTimeAsync(0);
    expect(outcomes).toHaveLength(50);
    expect(outcomes[0]).toMatchObject({ notification: { id: 'n-0' }, attempts: 0 });
  });

  it('says what it gives up when it is closed', async () => {
    const { outbox, outcomes } = open(() => failed());
    outbox.offer(numbered(1));
    outbox.offer(numbered(2));
    await vi.advanceTimersByTimeAsync(0);
    outbox.close();
    await vi.advanceTimersByTimeAsync(0);
    expect(outcomes.map(({ notification, failure }) => [notification.id, failure === null])).toEqual([
      ['n-1', false],
      ['n-2', false],
    ]);
  });
});
