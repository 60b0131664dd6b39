/** Anything that can happen, in any order, with answers that come late, wrong or never. */
import fc from 'fast-check';
import type { Backend, Evidence, ReceiptLevel } from '@tidegate/schemas';
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../generator/index.ts';
import type { Attack, Tier } from '../types.ts';
import { Checker } from './checker.contract.ts';
import { policies } from './histories.contract.ts';
import { emptyState, readSnapshot, snapshotOf, step } from './index.ts';
import type { Command, Detected, PlaybookInput, PlaybookState, Policy, SeenRule } from './index.ts';
import { incidentsMax, mitigationsPerIncidentMax } from './state.ts';

const evidence: Evidence = {
  metric: 'packets',
  value: 200_000,
  threshold: 20_000,
  packetsPerSecond: 200_000,
  bitsPerSecond: 1e8,
  samples: 100,
  windowMs: 100,
  firstPacketAt: null,
};

const families = ['udp_flood', 'syn_flood', 'dns_amplification', 'icmp_flood'] as const;
const attackOn = (target: number, family: number, variant: number): Attack => ({
  target: `203.0.113.${target}`,
  family: families[family % families.length]!,
  confidence: 0.7 + 0.1 * (variant % 4),
  reasons: ['because'],
  match:
    variant === 5
      ? null
      : {
          destination: `203.0.113.${target}/32`,
          protocol: 17,
          packetLengths: [{ from: 20, to: 100 + variant }],
        },
  ...(variant < 3
    ? {}
    : {
        proxy: {
          destination: `203.0.113.${target}/32`,
          protocol: 6,
          destinationPorts: [{ from: variant, to: 80 }],
        },
      }),
  counter: 'udpPackets',
  remainderPacketsPerSecond: 0,
  collateral: variant === 4 ? 0.2 : 0,
});

const forecastsOf = (operation: {
  target: number;
  family: number;
  variant: number;
}): NonNullable<Detected['forecasts']> => {
  const { match, collateral } = attackOn(operation.target, operation.family, operation.variant);
  return match === null ? {} : { flowspec: { matches: [match], collateral, samples: 100 } };
};

type Operation =
  | {
      readonly do: 'attack';
      readonly target: number;
      readonly family: number;
      readonly variant: number;
      readonly tier: Tier;
    }
  | { readonly do: 'quiet' | 'ceiling'; readonly target: number }
  | { readonly do: 'pressure'; readonly target: number; readonly bitsPerSecond: number }
  /** An attack that goes on for some time, with backends that answer. */
  | { readonly do: 'siege'; readonly target: number; readonly seconds: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'answer'; readonly how: 'well' | 'badly' | 'never' | 'silently' }
  | { readonly do: 'policy'; readonly number: number }
  | { readonly do: 'vanish' | 'release' | 'stop-all' | 'lift' | 'shutdown' | 'restart' };

/** Backends that were given something, and rails that refused: what the histories came to. */
const reached = new Set<string>();

/** A node with backends that may fail, be silent or forget. */
class Node {
  readonly checker = new Checker();
  readonly context = {
    random: new SeededRandom('ids'),
    backends: ['xdp', 'nftables', 'flowspec', 'scrubber', 'rtbh'] as const,
    wallMsAt: (ns: number) => ns / 1e6,
  };
  state: PlaybookState = emptyState;
  atNs = 0;
  readonly kernel = new Map<string, { backend: Backend; expiresAtNs: number }>();
  pending: Exclude<Command, { type: 'audit' }>[] = [];
  readonly #unwanted = new Set<string>();

  input(input: PlaybookInput): void {
    const { state, commands } = step(this.state, input, this.context);
    this.state = state;
    this.checker.isStopped = state.isStopped;
    this.checker.take(commands);
    for (const command of commands) {
      if (command.type === 'remove') this.#unwanted.add(command.id);
      if (command.type !== 'audit') this.pending.push(command);
      if (command.type === 'install') reached.add(command.backend);
      if (command.type === 'audit' && command.event.kind === 'action.refused')
        reached.add(`rail ${command.event.body.rail}`);
    }
    expect(state.incidents.size).toBeLessThanOrEqual(incidentsMax);
    for (const { begun } of state.incidents.values())
      expect(begun).toBeLessThanOrEqual(mitigationsPerIncidentMax);
  }

  get isAtRest(): boolean {
    return this.state.incidents.size + this.state.orphans.size + this.kernel.size + this.pending.length === 0;
  }

  wait(ms: number): void {
    this.atNs += ms * 1e6;
    for (const [id, { expiresAtNs }] of this.kernel) if (expiresAtNs <= this.atNs) this.kernel.delete(id);
    this.input({ type: 'tick', atNs: this.atNs });
  }

  seen(id: string): SeenRule | null {
    const rule = this.kernel.get(id);
    return rule === undefined
      ? null
      : { id, packets: 7n, bytes: 700n, expiresInMs: (rule.expiresAtNs - this.atNs) / 1e6 };
  }

  /** Carries out the oldest command, and answers it or not. */
  answer(how: 'well' | 'badly' | 'never' | 'silently'): void {
    const command = this.pending.shift();
    if (command === undefined || how === 'never') return;
    const id = 'rule' in command ? command.rule.id : command.id;
    const { atNs } = this;
    if (how === 'badly') {
      if (command.type !== 'verify') this.input({ type: 'failed', atNs, id, code: 'TG2003', reason: 'test' });
      return;
    }
    const before = this.seen(id);
    this.#carryOut(command, id);
    if (how === 'silently') return;
    const rule = this.seen(id);
    if (command.type === 'install' && rule !== null)
      this.input({ type: 'receipt', atNs, id, level: levelOf(command), rule });
    if (command.type === 'renew') this.input({ type: 'renewed', atNs, id });
    if (command.type === 'verify') this.input({ type: 'seen', atNs, id, rule });
    if (command.type === 'remove') this.input({ type: 'removed', atNs, id, rule: before, verified: true });
  }

  #carryOut(command: Exclude<Command, { type: 'audit' }>, id: string): void {
    if (command.type === 'remove') this.kernel.delete(id);
    if ((command.type !== 'install' && command.type !== 'renew') || this.#unwanted.has(id)) return;
    const isKnown = this.kernel.has(id);
    const { backend } = command;
    if (command.type === 'install' || isKnown)
      this.kernel.set(id, { backend, expiresAtNs: this.atNs + command.rule.ttlMs * 1e6 });
  }

  /** kill -9 and a new start: what was under way is lost, what is installed stays. */
  restart(policy: Policy | null): void {
    const remembered: unknown = JSON.parse(JSON.stringify(snapshotOf(this.state)));
    this.state = emptyState;
    this.pending = [];
    this.input({ type: 'policy', atNs: this.atNs, policy });
    const installed = [...this.kernel].map(([id, { backend }]) => ({ backend, rule: this.seen(id)! }));
    this.input({ type: 'adopt', atNs: this.atNs, ...readSnapshot(remembered)!, installed });
  }
}

const levelOf = ({ rule }: Extract<Command, { type: 'install' }>): ReceiptLevel =>
  rule.announced !== undefined
    ? 'advertised'
    : rule.diverted !== undefined
      ? 'accepted'
      : rule.verdict === 'drop'
        ? 'effective'
        : 'installed';

function run(node: Node, operation: Operation, policy: { current: Policy | null }): void {
  const { atNs } = node;
  switch (operation.do) {
    case 'attack':
      node.input({
        type: 'attack',
        atNs,
        attack: attackOn(operation.target, operation.family, operation.variant),
        evidence,
        tier: operation.tier,
        detected: [],
        forecasts: forecastsOf(operation),
      });
      break;
    case 'pressure': {
      const { bitsPerSecond } = operation;
      const target = `203.0.113.${operation.target}`;
      node.input({
        ...{ type: 'pressure', atNs, target, bitsPerSecond },
        ...{ packetsPerSecond: bitsPerSecond / 4000, linkShare: null },
      });
      break;
    }
    case 'siege': {
      const { target, seconds } = operation;
      run(node, { do: 'attack', target, family: 0, variant: 2, tier: 'B' }, policy);
      for (let half = 0; half < 2 * seconds; half++) {
        while (node.pending.length > 0) node.answer('well');
        node.wait(500);
        run(node, { do: 'pressure', target, bitsPerSecond: 2e9 }, policy);
      }
      break;
    }
    case 'quiet':
      node.input({ type: 'quiet', atNs, target: `203.0.113.${operation.target}` });
      break;
    case 'ceiling':
      node.input({
        ...{ type: 'ceiling', atNs, target: `203.0.113.${operation.target}`, threshold: 'default' },
        exceeded: [{ class: 'packets', perSecond: 10_000, packets: 7n }],
      });
      break;
    case 'wait':
      node.wait(operation.ms);
      break;
    case 'answer':
      node.answer(operation.how);
      break;
    case 'policy':
      policy.current = policies[operation.number]!;
      node.input({ type: 'policy', atNs, policy: policy.current });
      break;
    case 'vanish':
      node.kernel.clear();
      return;
    case 'release':
      node.input({ type: 'release', atNs, incident: null, by: 'test' });
      break;
    case 'stop-all':
    case 'lift':
      node.input({ type: operation.do, atNs, by: 'test' });
      break;
    case 'shutdown':
      node.input({ type: 'shutdown', atNs });
      break;
    case 'restart':
      node.restart(policy.current);
      break;
  }
}

const isFull = process.env['TIDEGATE_TEST_FULL'] === '1';
const targetArbitrary = fc.integer({ min: 1, max: 3 });
const operations: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('attack' as const),
      target: targetArbitrary,
      family: fc.nat(3),
      variant: fc.nat(5),
      tier: fc.constantFrom('A', 'B', 'B', 'B'),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      how: fc.constantFrom('well', 'well', 'well', 'badly', 'never', 'silently'),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(100, 900, 1800, 2500, 7000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('quiet' as const), target: targetArbitrary }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('siege' as const),
      target: targetArbitrary,
      seconds: fc.integer({ min: 1, max: 12 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('pressure' as const),
      target: targetArbitrary,
      bitsPerSecond: fc.constantFrom(1e8, 2e9, 2e9, 2e9),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('ceiling' as const), target: targetArbitrary }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('policy' as const), number: fc.nat(policies.length - 1) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('vanish', 'release', 'stop-all', 'lift', 'shutdown', 'restart'),
    }),
  },
);

describe('the playbook, whatever happens', () => {
  it('keeps its promises, and everything ends', () => {
    fc.assert(
      fc.property(fc.nat(1), fc.array(operations, { minLength: 1, maxLength: 60 }), (first, list) => {
        const node = new Node();
        node.checker.owned = ['203.0.113.2/31'];
        const policy = { current: policies[first]! };
        node.input({ type: 'policy', atNs: 0, policy: policy.current });
        for (const operation of list) run(node, operation, policy);
        // Peace, and backends that answer again.
        for (let turn = 0; turn < 1000 && !node.isAtRest; turn++) {
          for (const target of [1, 2, 3])
            node.input({ type: 'quiet', atNs: node.atNs, target: `203.0.113.${target}` });
          while (node.pending.length > 0) node.answer('well');
          node.wait(turn < 100 ? 100 : 500);
        }
        expect([...node.state.incidents.keys()]).toEqual([]);
        expect([...node.state.orphans.keys()]).toEqual([]);
        expect([...node.kernel.keys()]).toEqual([]);
        expect([...node.checker.openIncidents]).toEqual([]);
        expect([...node.checker.openCeilings.keys()]).toEqual([]);
        for (const life of node.checker.lives.values())
          expect(life.isRemoved || life.outcomes.length > 0).toBe(true);
      }),
      { numRuns: isFull ? 20_000 : 400 },
    );
    // Few histories need not come to everything.
    if (isFull)
      expect([...reached]).toEqual(
        expect.arrayContaining(['xdp', 'flowspec', 'scrubber', 'rtbh', 'rail scrubber']),
      );
    // 20,000 histories take about a minute and a half.
  }, 300_000);
});
