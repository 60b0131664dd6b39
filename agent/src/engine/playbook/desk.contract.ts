/** The state machine with a memory of what it said, and an attack to tell it of. For tests. */
import type { AuditBody, AuditEvent, AuditKind, Backend, Evidence } from '@tidegate/schemas';
import { SeededRandom } from '../generator/index.ts';
import { bundle } from '../simulation.contract.ts';
import type { Attack, Tier } from '../types.ts';
import { emptyState, step } from './index.ts';
import type { Detected } from './index.ts';
import type { Command, PlaybookContext, PlaybookInput, PlaybookState, Policy } from './index.ts';

export const target = '203.0.113.10';
export const evidence: Evidence = {
  metric: 'packets',
  value: 200_000,
  threshold: 20_000,
  packetsPerSecond: 200_000,
  bitsPerSecond: 1e8,
  samples: 100,
  windowMs: 100,
  firstPacketAt: null,
};
export const flood: Attack = {
  target,
  family: 'udp_flood',
  confidence: 0.95,
  reasons: ['all alike: length 540'],
  match: { destination: `${target}/32`, protocol: 17, packetLengths: [{ from: 540, to: 540 }] },
  counter: 'udpPackets',
  remainderPacketsPerSecond: 1200,
  collateral: 0.01,
};
export const [playbook] = bundle.playbooks;
export const ttlMs = 60_000;

/** The state machine with a memory of what it said. */
export class Desk {
  readonly context: PlaybookContext;
  state: PlaybookState = emptyState;
  atNs = 1e9;
  said: Command[] = [];

  constructor(policy: Policy | null = bundle, backends: readonly Backend[] = ['xdp', 'nftables']) {
    this.context = { random: new SeededRandom('ids'), backends, wallMsAt: (ns) => ns / 1e6 };
    this.tell({ type: 'policy', policy });
  }

  tell(
    input: PlaybookInput extends infer Input
      ? Input extends PlaybookInput
        ? Omit<Input, 'atNs'>
        : never
      : never,
  ): Command[] {
    const { state, commands } = step(this.state, { ...input, atNs: this.atNs }, this.context);
    this.state = state;
    this.said.push(...commands);
    return [...commands];
  }

  attack(changes: Partial<Attack> = {}, tier: Tier = 'B', forecasts: Detected['forecasts'] = {}): Command[] {
    const attack = { ...flood, ...changes };
    return this.tell({ type: 'attack', attack, evidence, tier, detected: [], forecasts });
  }

  wait(ms: number): Command[] {
    this.atNs += ms * 1e6;
    return this.tell({ type: 'tick' });
  }

  seen = (id: string, expiresInMs = ttlMs) => ({ id, packets: 5n, bytes: 500n, expiresInMs });

  /** The last rule that was handed over. */
  get install(): Extract<Command, { type: 'install' }> {
    const last = this.said.filter((command) => command.type === 'install').at(-1);
    if (last === undefined) throw new Error('nothing was installed');
    return last;
  }

  /** An attack that is answered, up to its receipt. */
  mitigated(changes: Partial<Attack> = {}): string {
    this.attack(changes);
    const { id } = this.install.rule;
    this.tell({ type: 'receipt', id, level: 'installed', rule: this.seen(id) });
    return id;
  }
}

const audits = (commands: readonly Command[]): AuditEvent[] =>
  commands.flatMap((one) => (one.type === 'audit' ? [one.event] : []));
export const kinds = (commands: readonly Command[]): string[] =>
  commands.map((one) => (one.type === 'audit' ? one.event.kind : one.type));
export const bodies = <Kind extends AuditKind>(commands: readonly Command[], kind: Kind): AuditBody<Kind>[] =>
  audits(commands).flatMap((event) => (event.kind === kind ? [event.body as AuditBody<Kind>] : []));
