/**
 * An engine with a backend in memory, for tests: commands are carried out at once, receipts come with the next tick.
 * Ceilings are those of the policy at the start, whose thresholds are for every target.
 */
import type { AuditEvent, Bundle } from '@tidegate/schemas';
import { holdCeilings } from './ceilings.contract.ts';
import { createEngine } from './engine.ts';
import { SeededRandom } from './generator/index.ts';
import type { Command, PlaybookEvent, Rule } from './playbook/index.ts';
import type { Reading } from './types.ts';

export const bundle: Bundle = {
  schema: 'tidegate/bundle/v1',
  group: 'test',
  epoch: 1,
  commit: '0'.repeat(40),
  issuedAt: '2026-01-01T00:00:00.000Z',
  expiresAt: '2026-02-01T00:00:00.000Z',
  allowEmpty: false,
  mode: 'enforce',
  interfaces: ['eth0'],
  protect: ['203.0.113.0/24', '2001:db8::/32'],
  linkCapacityBitsPerSecond: null,
  safelist: [],
  thresholds: [
    {
      name: 'default',
      targets: [],
      floorPacketsPerSecond: 20_000,
      floorBitsPerSecond: 200_000_000,
      holdMs: 0,
      releaseRatio: 0.5,
    },
  ],
  playbooks: [
    {
      name: 'floods',
      families: ['syn_flood', 'udp_flood', '*_amplification'],
      confidence: 0.8,
      steps: [{ action: 'drop', via: 'auto', ttlMs: 60_000, mode: 'enforce' }],
      releaseAfterMs: 2000,
    },
  ],
};

export interface Installed {
  readonly atNs: number;
  readonly rule: Rule;
}

export class Simulation {
  readonly audit: AuditEvent[] = [];
  /** Every rule that was ever installed, in order. */
  readonly installed: Installed[] = [];
  readonly rules = new Map<string, Rule>();
  readonly #answers: PlaybookEvent[] = [];
  readonly #policy: Bundle;
  #nowNs = 0;
  readonly engine;

  constructor(seed: string, policy: Bundle = bundle) {
    this.#policy = policy;
    const clock = { monotonicNs: () => this.#nowNs, wallMs: () => Date.UTC(2026, 0, 1) + this.#nowNs / 1e6 };
    this.engine = createEngine({
      random: new SeededRandom(`${seed} ids`),
      clock,
      backends: ['xdp', 'nftables'],
    });
    this.carryOut(this.engine.setPolicy(policy));
  }

  tick(reading: Reading): void {
    this.#nowNs = reading.atNs;
    for (const answer of this.#answers.splice(0))
      this.carryOut(this.engine.event({ ...answer, atNs: this.#nowNs }));
    const { thresholds, mode } = this.#policy;
    for (const threshold of thresholds) holdCeilings(reading, threshold, mode);
    this.carryOut(this.engine.tick(reading));
  }

  carryOut(commands: readonly Command[]): void {
    for (const command of commands) this.#carryOut(command);
  }

  #carryOut(command: Command): void {
    const atNs = this.#nowNs;
    const seen = (rule: Rule) => ({ id: rule.id, packets: 100n, bytes: 10_000n, expiresInMs: rule.ttlMs });
    switch (command.type) {
      case 'audit':
        this.audit.push(command.event);
        break;
      case 'install': {
        const { rule } = command;
        this.rules.set(rule.id, rule);
        this.installed.push({ atNs, rule });
        this.#answers.push({ type: 'receipt', atNs, id: rule.id, level: 'installed', rule: seen(rule) });
        break;
      }
      case 'watch':
        break;
      case 'renew':
        this.#answers.push({ type: 'renewed', atNs, id: command.rule.id });
        break;
      case 'verify': {
        const rule = this.rules.get(command.id);
        this.#answers.push({
          type: 'seen',
          atNs,
          id: command.id,
          rule: rule === undefined ? null : seen(rule),
        });
        break;
      }
      case 'remove': {
        const rule = this.rules.get(command.id);
        this.rules.delete(command.id);
        this.#answers.push({
          type: 'removed',
          atNs,
          id: command.id,
          rule: rule === undefined ? null : seen(rule),
          verified: true,
        });
        break;
      }
    }
  }

  kinds(): string[] {
    return this.audit.map(({ kind }) => kind);
  }
}
