import { join } from 'node:path';
import { fromBase64, keyIdOf, TidegateError, type AuditEvent, type EnrolRequest } from '@tidegate/schemas';
import { controllerName } from '../audit/index.ts';
import type { TrustFile } from '../keys/index.ts';
import { timestampOf, type Clock } from '../ports.ts';
import { readIfThere, SerialQueue, writeAtomically } from '../state/index.ts';

export interface Agent {
  /** The name of its node. */
  readonly agent: string;
  readonly keyId: string;
  /** Base64 of the raw 32 bytes. */
  readonly publicKey: string;
  readonly labels: Record<string, string>;
  readonly enrolledAt: string;
}

export interface RegistryOptions {
  readonly stateDir: string;
  readonly trust: TrustFile;
  readonly clock: Clock;
  /** Keeps an audit record. */
  readonly record: (event: AuditEvent) => Promise<void>;
  /** The group that claims a node with these labels, or null. */
  readonly groupOf: (labels: Record<string, string>) => string | null;
}

/** As many as trust.json takes. */
const agentsMax = 100_000;

/** Agents by name and by key, kept in `stateDir/agents.json`. */
export class AgentRegistry {
  readonly #options: RegistryOptions;
  readonly #path: string;
  readonly #changes = new SerialQueue();
  readonly #byName = new Map<string, Agent>();
  readonly #byKey = new Map<string, Agent>();

  private constructor(options: RegistryOptions, path: string, agents: readonly Agent[]) {
    this.#options = options;
    this.#path = path;
    for (const agent of agents) this.#put(agent);
  }

  /** Loads who was enrolled before and writes trust.json. Throws TG3011. */
  static async open(options: RegistryOptions): Promise<AgentRegistry> {
    const path = join(options.stateDir, 'agents.json');
    const registry = new AgentRegistry(options, path, parseAgents(path, await readIfThere(path)));
    await options.trust.setAgents(registry.all());
    return registry;
  }

  /** Every agent, by name. */
  all(): Agent[] {
    return [...this.#byName.values()].sort((a, b) => (a.agent < b.agent ? -1 : 1));
  }

  byKey(keyId: string): Agent | undefined {
    return this.#byKey.get(keyId);
  }

  /**
   * Enrols a node, or takes its new labels when it comes again with the same key. Throws TG3005 where the name or the
   * key belongs to another one.
   */
  enrol(request: EnrolRequest): Promise<Agent> {
    return this.#changes.run(async () => {
      const known = this.#refuseOthers(request);
      const { node, labels, publicKey } = request;
      if (known !== undefined && sameLabels(known.labels, labels)) return known;
      const { record, groupOf, clock, trust } = this.#options;
      const keyId = keyIdOf(fromBase64(publicKey));
      const agent = {
        agent: node,
        keyId,
        publicKey,
        labels,
        enrolledAt: known?.enrolledAt ?? timestampOf(clock()),
      };
      // The record first: a crash in between says too much rather than too little, and the agent asks again.
      await record({
        kind: 'agent.enrolled',
        body: { name: node, keyId, publicKey, group: groupOf(labels) },
      });
      const agents = [...this.all().filter((other) => other.agent !== node), agent];
      await writeAtomically(this.#path, `${JSON.stringify({ schema, agents }, null, 2)}\n`);
      this.#put(agent);
      await trust.setAgents(this.all());
      return agent;
    });
  }

  #refuseOthers({ node, publicKey }: EnrolRequest): Agent | undefined {
    if (node === controllerName) {
      throw new TidegateError(
        'TG3005',
        `the name ${node} is the controller's own; give the node another one`,
      );
    }
    const known = this.#byName.get(node);
    if (known !== undefined && known.publicKey !== publicKey) {
      throw new TidegateError(
        'TG3005',
        `node ${node} is enrolled with key ${known.keyId} already; restore that key in the agent's stateDir, or enrol under another node name`,
      );
    }
    const sameKey = this.#byKey.get(keyIdOf(fromBase64(publicKey)));
    if (sameKey !== undefined && sameKey.agent !== node) {
      throw new TidegateError(
        'TG3005',
        `key ${sameKey.keyId} belongs to node ${sameKey.agent}; remove the copied key from the stateDir of ${node}`,
      );
    }
    if (known === undefined && this.#byName.size >= agentsMax) {
      throw new TidegateError(
        'TG3009',
        `${agentsMax} agents are enrolled, which is the most that one controller takes`,
      );
    }
    return known;
  }

  #put(agent: Agent): void {
    this.#byName.set(agent.agent, agent);
    this.#byKey.set(agent.keyId, agent);
  }
}

const schema = 'tidegate/agents/v1';

function parseAgents(path: string, text: string | null): Agent[] {
  if (text === null) return [];
  try {
    const value = JSON.parse(text) as { schema: string; agents: Agent[] };
    if (value.schema !== schema) throw new Error(`schema is ${value.schema}, not ${schema}`);
    return value.agents;
  } catch (cause) {
    throw new TidegateError('TG3011', `${path} is damaged; restore it from a backup`, { cause });
  }
}

function sameLabels(a: Record<string, string>, b: Record<string, string>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
