import { describe, expect, it } from 'vitest';
import { TidegateError } from '@tidegate/schemas';
import { counter, counterNames } from '../engine/types.ts';
import type { InstalledRule, RuleBackend, RuleRequest, RuleVerdict } from './backend.ts';
import { Executor } from './executor.ts';
import type { InstallTask, Outcome } from './executor.ts';
import { until } from '../testkit/until.ts';

/** A backend in memory, whose faults a test sets. */
class MemoryBackend implements RuleBackend {
  readonly name = 'xdp';
  readonly rules = new Map<string, InstalledRule>();
  failWith: Error | null = null;
  forgets = false;
  running = 0;
  overlapped = false;

  plan(): null {
    return null;
  }
  async apply(rule: RuleRequest): Promise<void> {
    this.running += 1;
    this.overlapped ||= this.running > 1;
    await new Promise((resolve) => setTimeout(resolve, 2));
    this.running -= 1;
    if (this.failWith !== null) throw this.failWith;
    if (!this.forgets)
      this.rules.set(rule.id, {
        id: rule.id,
        packets: 0n,
        bytes: 0n,
        expiresInMs: rule.ttlMs,
        verdict: rule.verdict,
      });
  }
  readBack(id: string): Promise<InstalledRule | null> {
    return Promise.resolve(this.rules.get(id) ?? null);
  }
  list(): Promise<InstalledRule[]> {
    return Promise.resolve([...this.rules.values()]);
  }
  remove(id: string): Promise<InstalledRule | null> {
    const rule = this.rules.get(id) ?? null;
    this.rules.delete(id);
    return Promise.resolve(rule);
  }
  removeAll(): Promise<number> {
    return Promise.resolve(0);
  }
  close(): void {
    this.rules.clear();
  }
}

const task = (id: string, verdict: RuleVerdict = 'drop'): InstallTask => ({
  rule: { id, match: { destination: '203.0.113.10/32' }, ttlMs: 10_000, verdict },
  backend: 'xdp',
  target: '203.0.113.10',
  counter: 'udpPackets',
  remainderPacketsPerSecond: 0,
});

/** @param clockSpeed How much faster than real time the executor's clock runs. */
function setUp(backend: MemoryBackend, dropsFromTheStart: boolean, clockSpeed = 1) {
  const outcomes: Outcome[] = [];
  const row = new Float64Array(counterNames.length);
  let flows = true;
  let isHeld = false;
  let answers = false;
  const traffic = setInterval(() => {
    if (!flows) return;
    row[counter.udpPackets] = (row[counter.udpPackets] ?? 0) + 1000;
    if (isHeld)
      for (const name of ['droppedPackets', 'ceilingPackets'] as const)
        row[counter[name]] = (row[counter[name]] ?? 0) + 990;
    for (const [id, rule] of backend.rules) {
      const answered = answers ? { answered: (rule.answered ?? 0n) + 1000n } : {};
      if (dropsFromTheStart) backend.rules.set(id, { ...rule, packets: rule.packets + 1000n, ...answered });
    }
  }, 1);
  const executor = new Executor({
    backends: () => new Map([['xdp', backend]]),
    source: { peek: () => row.slice() },
    clock: { monotonicNs: () => Number(process.hrtime.bigint()) * clockSpeed, wallMs: () => Date.now() },
    onOutcome: (outcome) => outcomes.push(outcome),
  });
  return {
    executor,
    outcomes,
    holdWithCeiling: () => {
      isHeld = true;
    },
    answerRequests: () => {
      answers = true;
    },
    setTraffic: (on: boolean) => {
      flows = on;
    },
    stop: () => {
      clearInterval(traffic);
      executor.close();
    },
  };
}

describe('Executor', () => {
  it('reports installed after reading back, then effective once the traffic fell', async () => {
    const lab = setUp(new MemoryBackend(), true);
    lab.executor.install(task('mit-0000000000000001'));
    await until(() => lab.outcomes.length === 2);
    lab.stop();
    expect(
      lab.outcomes.map((outcome) => (outcome.type === 'receipt' ? outcome.level : outcome.type)),
    ).toEqual(['installed', 'effective']);
  });

  it('never says effective while the traffic goes on', async () => {
    const lab = setUp(new MemoryBackend(), false);
    lab.executor.install(task('mit-0000000000000001'));
    await until(() => lab.outcomes.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    lab.stop();
    expect(
      lab.outcomes.map((outcome) => (outcome.type === 'receipt' ? outcome.level : outcome.type)),
    ).toEqual(['installed']);
  });

  it('takes nothing that a ceiling held back for the effect of a rule', async () => {
    const lab = setUp(new MemoryBackend(), false, 100);
    lab.holdWithCeiling();
    lab.executor.install(task('mit-0000000000000001'));
    await until(() => lab.outcomes.length === 2);
    lab.stop();
    expect(lab.outcomes[1]).toMatchObject({ type: 'failed', code: 'TG2013' });
  });

  it('sees the effect of a SYN proxy in the requests that it answered, not in those that it matched', async () => {
    const deaf = setUp(new MemoryBackend(), true, 100);
    deaf.executor.install(task('mit-0000000000000001', 'synproxy'));
    await until(() => deaf.outcomes.length === 2);
    deaf.stop();
    expect(deaf.outcomes[1]).toMatchObject({ type: 'failed', code: 'TG2013' });
    const lab = setUp(new MemoryBackend(), true);
    lab.answerRequests();
    lab.executor.install(task('mit-0000000000000001', 'synproxy'));
    await until(() => lab.outcomes.length === 2);
    lab.stop();
    expect(lab.outcomes[1]).toMatchObject({ type: 'receipt', level: 'effective' });
  });

  it.each(['count', 'limit'] as const)('never calls a rule effective that is to %s', async (verdict) => {
    const lab = setUp(new MemoryBackend(), true);
    lab.executor.install(task('mit-0000000000000001', verdict));
    await until(() => lab.outcomes.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 100));
    lab.stop();
    expect(lab.outcomes).toMatchObject([{ type: 'receipt', level: 'installed' }]);
  });

  it('fails with TG2013 once the attack has gone past a rule for three seconds', async () => {
    const lab = setUp(new MemoryBackend(), false, 100);
    lab.executor.install(task('mit-0000000000000001'));
    await until(() => lab.outcomes.length === 2);
    lab.stop();
    expect(lab.outcomes[1]).toMatchObject({ type: 'failed', code: 'TG2013' });
  });

  it('waits with its verdict for as long as nothing comes', async () => {
    const lab = setUp(new MemoryBackend(), true, 100);
    lab.setTraffic(false);
    lab.executor.install(task('mit-0000000000000001'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(lab.outcomes).toMatchObject([{ type: 'receipt', level: 'installed' }]);
    lab.setTraffic(true);
    await until(() => lab.outcomes.length === 2);
    lab.stop();
    expect(lab.outcomes[1]).toMatchObject({ type: 'receipt', level: 'effective' });
  });

  it('finds the effect of a rule that an earlier process installed', async () => {
    const backend = new MemoryBackend();
    const { rule, ...expected } = task('mit-0000000000000001');
    await backend.apply(rule);
    const lab = setUp(backend, true);
    lab.executor.adopt(rule.id);
    lab.executor.watch({ ...expected, id: rule.id });
    await until(() => lab.outcomes.length > 0);
    lab.stop();
    expect(lab.outcomes).toMatchObject([{ type: 'receipt', level: 'effective', id: rule.id }]);
  });

  it('fails with TG2004 when the rule was accepted and is not there', async () => {
    const backend = new MemoryBackend();
    backend.forgets = true;
    const lab = setUp(backend, true);
    lab.executor.install(task('mit-0000000000000001'));
    await until(() => lab.outcomes.length > 0);
    lab.stop();
    expect(lab.outcomes).toMatchObject([{ type: 'failed', code: 'TG2004' }]);
  });

  it('carries the code of the backend, and goes on with the next task', async () => {
    const backend = new MemoryBackend();
    backend.failWith = new TidegateError('TG2003', 'table full');
    const lab = setUp(backend, true);
    lab.executor.install(task('mit-0000000000000001'));
    await lab.executor.settled();
    backend.failWith = null;
    lab.executor.install(task('mit-0000000000000002', 'count'));
    await lab.executor.settled();
    lab.stop();
    expect(lab.outcomes).toMatchObject([
      { type: 'failed', code: 'TG2003', reason: 'table full' },
      { type: 'receipt', level: 'installed', id: 'mit-0000000000000002' },
    ]);
  });

  it('says TG2002 for a backend that this node does not have', async () => {
    const lab = setUp(new MemoryBackend(), true);
    lab.executor.install({ ...task('mit-0000000000000001'), backend: 'nftables' });
    await until(() => lab.outcomes.length > 0);
    lab.stop();
    expect(lab.outcomes).toMatchObject([{ type: 'failed', code: 'TG2002' }]);
  });

  it('never overlaps transactions of one backend', async () => {
    const backend = new MemoryBackend();
    const lab = setUp(backend, true);
    for (const digit of '123456789') lab.executor.install(task(`mit-000000000000000${digit}`, 'count'));
    await lab.executor.settled();
    lab.stop();
    expect(backend.overlapped).toBe(false);
    expect(lab.outcomes).toHaveLength(9);
  });

  it('does not install what was removed before its turn came', async () => {
    const backend = new MemoryBackend();
    const lab = setUp(backend, true);
    lab.executor.install(task('mit-0000000000000001'));
    lab.executor.install(task('mit-0000000000000002'));
    lab.executor.remove('xdp', 'mit-0000000000000002', 'released');
    await lab.executor.settled();
    lab.stop();
    expect([...backend.rules.keys()]).toEqual(['mit-0000000000000001']);
    expect(lab.outcomes.at(-1)).toMatchObject({
      type: 'removed',
      id: 'mit-0000000000000002',
      verified: true,
    });
  });
});
