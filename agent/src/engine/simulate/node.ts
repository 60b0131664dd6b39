/**
 * A node in virtual time: the engine as the agent runs it, with a kernel of estimates. What the engine asks for is done
 * and read back at once; whether it takes effect shows in the next window.
 */
import { TidegateError } from '@tidegate/schemas';
import type { AuditEvent, Bundle } from '@tidegate/schemas';
import { effectBetween, isEarly } from '../effect.ts';
import type { Look } from '../effect.ts';
import { createEngine } from '../engine.ts';
import type { Engine } from '../engine.ts';
import { SeededRandom } from '../generator/random.ts';
import type { Command, PlaybookEvent, SeenRule } from '../playbook/index.ts';
import { counter } from '../types.ts';
import type { CounterName, Reading } from '../types.ts';
import { VirtualKernel } from './kernel.ts';
import type { Passage } from './kernel.ts';
import { Protection } from './protection.ts';
import type { Meaning, VirtualRule } from './rules.ts';

export interface NodeOptions {
  readonly bundle: Bundle;
  /** Wall time at time 0, ms since the epoch. */
  readonly startedAtMs: number;
  readonly onAudit: (event: AuditEvent, atNs: number) => void;
}

/** Ids come from this seed: the same policy and traffic give the same ids. */
const idSeed = 'tidegate/simulation/v1';
/** As the agent: an attack that goes past a rule for so long is reported, ns. */
const effectNsMax = 3e9;

/** A renewal is looked at, and a rule that failed gives way to another: nothing takes more rounds. */
const roundsMax = 8;

/** A rule whose effect was not seen yet. */
interface Watched {
  readonly id: string;
  readonly target: string;
  /** Addresses of a target that is a prefix; null where it is one address. */
  readonly members: Protection | null;
  readonly counter: CounterName;
  readonly remainderPacketsPerSecond: number;
  before: Look;
  offered: number;
  dropped: number;
  idleAtNs: number;
}

type Answer = PlaybookEvent extends infer Event
  ? Event extends unknown
    ? Omit<Event, 'atNs'>
    : never
  : never;

export class VirtualNode {
  readonly #options: NodeOptions;
  readonly #engine: Engine;
  readonly #kernel: VirtualKernel;
  readonly #watched = new Map<string, Watched>();
  /** What each mitigation is for, by its id, as its intent says. */
  readonly #meanings = new Map<string, Meaning>();
  #answers: Answer[] = [];
  #nowNs = 0;

  constructor(options: NodeOptions) {
    const { bundle, startedAtMs } = options;
    this.#options = options;
    this.#kernel = new VirtualKernel(bundle);
    this.#engine = createEngine({
      random: new SeededRandom(idSeed),
      clock: { monotonicNs: () => this.#nowNs, wallMs: () => startedAtMs + this.#nowNs / 1e6 },
      backends: ['xdp', 'nftables'],
    });
    this.#carryOut(this.#engine.setPolicy(bundle));
  }

  /** One window; its counters of what was dropped are filled in. What became of the targets it did something for. */
  take(reading: Reading): readonly Passage[] {
    this.#nowNs = reading.atNs;
    const passages = this.#kernel.pass(reading);
    this.#lookForEffects(reading);
    this.#tellAnswers();
    this.#carryOut(this.#engine.tick(reading));
    this.#tellAnswers();
    return passages;
  }

  /** What came of what was asked for; that may be asked about in turn. */
  #tellAnswers(): void {
    for (let round = 0; round < roundsMax && this.#answers.length > 0; round++) {
      const answers = this.#answers;
      this.#answers = [];
      for (const answer of answers) this.#carryOut(this.#engine.event({ ...answer, atNs: this.#nowNs }));
    }
  }

  #carryOut(commands: readonly Command[]): void {
    for (const command of commands) this.#do(command);
  }

  #do(command: Command): void {
    switch (command.type) {
      case 'audit':
        this.#learnMeaning(command.event);
        this.#options.onAudit(command.event, this.#nowNs);
        break;
      case 'install':
        this.#install(command);
        break;
      case 'renew':
        this.#kernel.rules.set(command.rule, this.#nowNs, this.#meanings.get(command.rule.id));
        this.#answers.push({ type: 'renewed', id: command.rule.id });
        break;
      case 'verify': {
        const rule = this.#kernel.rules.get(command.id, this.#nowNs);
        this.#answers.push({ type: 'seen', id: command.id, rule: rule && this.#seen(rule) });
        break;
      }
      case 'remove': {
        const rule = this.#kernel.rules.delete(command.id, this.#nowNs);
        this.#watched.delete(command.id);
        this.#meanings.delete(command.id);
        this.#answers.push({
          type: 'removed',
          id: command.id,
          rule: rule && this.#seen(rule),
          verified: true,
        });
        break;
      }
      case 'watch':
        // Only rules that were found at a start are watched without being installed, and a simulation has no past.
        break;
    }
  }

  #install({
    rule,
    target,
    counter: name,
    remainderPacketsPerSecond,
  }: Extract<Command, { type: 'install' }>): void {
    const { id } = rule;
    try {
      this.#kernel.rules.set(rule, this.#nowNs, this.#meanings.get(id));
    } catch (error) {
      if (!(error instanceof TidegateError)) throw error;
      this.#answers.push({ type: 'failed', id, code: error.code, reason: error.message });
      return;
    }
    const installed = this.#kernel.rules.get(id, this.#nowNs);
    if (installed === null) return;
    this.#answers.push({ type: 'receipt', id, level: 'installed', rule: this.#seen(installed) });
    // Nobody here counts what is dropped in front of the host.
    const isOutside = rule.announced !== undefined || rule.diverted !== undefined;
    if (isOutside || (rule.verdict !== 'drop' && rule.verdict !== 'synproxy')) return;
    const before = { atNs: this.#nowNs, hits: 0, offered: 0, dropped: 0 };
    const members = target.includes('/') ? new Protection([target]) : null;
    const expectation = { id, target, members, counter: name, remainderPacketsPerSecond };
    this.#watched.set(id, { ...expectation, before, offered: 0, dropped: 0, idleAtNs: this.#nowNs });
  }

  /** Looks once a window where the agent looks every few milliseconds. */
  #lookForEffects({ targets, atNs }: Reading): void {
    for (const watched of this.#watched.values()) {
      const rule = this.#kernel.rules.get(watched.id, atNs);
      if (rule === null) {
        this.#watched.delete(watched.id);
        continue;
      }
      for (const { target, counts } of targets) {
        if (target !== watched.target && watched.members?.has(target) !== true) continue;
        watched.offered += counts[counter[watched.counter]]!;
        watched.dropped += counts[counter.droppedPackets]! - counts[counter.ceilingPackets]!;
      }
      this.#judgeEffect(watched, rule, atNs);
    }
  }

  #judgeEffect(watched: Watched, rule: VirtualRule, atNs: number): void {
    const { id, before, offered, dropped, remainderPacketsPerSecond } = watched;
    const now = { atNs, hits: rule.packets, offered, dropped };
    const effect = effectBetween(before, now, remainderPacketsPerSecond);
    if (effect === 'effective') {
      this.#answers.push({ type: 'receipt', id, level: 'effective', rule: this.#seen(rule) });
      this.#watched.delete(id);
      return;
    }
    if (effect === 'idle') watched.idleAtNs = atNs;
    if (!isEarly(before, now)) watched.before = now;
    if (atNs - watched.idleAtNs <= effectNsMax) return;
    const reason = `${id} is installed, but the matching traffic did not fall within ${effectNsMax / 1e6} ms.`;
    this.#answers.push({ type: 'failed', id, code: 'TG2013', reason });
    this.#watched.delete(id);
  }

  #seen({ id, packets, bytes, expiresAtNs }: VirtualRule): SeenRule {
    return {
      id,
      packets: BigInt(Math.round(packets)),
      bytes: BigInt(Math.round(bytes)),
      expiresInMs: (expiresAtNs - this.#nowNs) / 1e6,
    };
  }

  /** A rule that only counts does not say what it stands in for; its intent and the policy do. */
  #learnMeaning(event: AuditEvent): void {
    if (event.kind !== 'action.intent') return;
    const { mitigation, playbook, step, action } = event.body;
    const { playbooks } = this.#options.bundle;
    const limit = playbooks.find(({ name }) => name === playbook)?.steps[step]?.limit;
    if (action === 'synproxy' || limit === undefined) {
      this.#meanings.set(mitigation, { verdict: action === 'synproxy' ? action : 'drop' });
      return;
    }
    const { unit, perSecond } = limit;
    const allowed =
      unit === 'bits'
        ? ({ unit: 'bytes', perSecond: perSecond / 8 } as const)
        : ({ unit, perSecond } as const);
    this.#meanings.set(mitigation, { verdict: 'limit', limit: allowed });
  }
}
