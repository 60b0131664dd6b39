/**
 * The whole line on one stage: a lab, the real programs as processes, real repositories, a generator and a witness.
 *
 * Promises: nothing runs before it is asked for, but lab, generator and witness; what was started is ended, and what was
 * written is gone, after `close`, which also ends a scene whose programs hang.
 *
 * ```ts
 * const scene = await createScene({ label: 'x' });
 * scene.push(labPolicy());
 * await scene.startController();
 * await scene.startAgent();
 * await scene.attack({ kind: 'syn_flood', destination }, async () => { await scene.mitigated(destination); });
 * ```
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentConfig, ControllerConfig, ControllerStatus } from '@tidegate/schemas';
import { createCertificate } from '../certificate.ts';
import type { Certificate } from '../certificate.ts';
import { startAgent, startController, statusUntil } from '../daemons.ts';
import type { AgentStatus, RunningAgent } from '../daemons.ts';
import { createLab, labAddresses } from '../netns.ts';
import type { Lab, LabOptions } from '../netns.ts';
import type { RunningProcess } from '../process.ts';
import { commitFiles, createBareRepository } from '../repositories.ts';
import { startGenerator } from '../traffic/index.ts';
import type { FloodRequest, FloodResult, Generator } from '../traffic/index.ts';
import { readAudit, verifyAudit } from './audit.ts';
import type { AuditReading } from './audit.ts';
import { runAgentCommand, runAgentCommandBeside } from './command.ts';
import type { CommandResult } from './command.ts';
import { askController } from './controller-status.ts';
import { rulesInKernel, tracesInKernel } from './kernel.ts';
import type { KernelRule } from './kernel.ts';
import { openWitness } from './witness.ts';
import type { Witness } from './witness.ts';

export { faultsIn, unfinishedIn } from './audit.ts';
export type { AuditReading } from './audit.ts';
export type { KernelRule } from './kernel.ts';
export { labPolicy } from './policy.ts';

/** One of each family, easy to tell from anything legitimate; a target is still to be named. */
export const floods = {
  syn: { kind: 'syn_flood' },
  udp: { kind: 'udp_flood', destinationPort: 4500 },
  dns: { kind: 'dns_amplification' },
} as const;

export type Flood = Omit<FloodRequest, 'packetsPerSecond' | 'durationMs'> & {
  /** @default 120000 */
  readonly packetsPerSecond?: number;
};

const agentName = 'victim-1';
/** Every wait is for a state that comes in well under a second on an idle machine; this says that it does not come. */
const waitMsMax = 15_000;
/** Nobody's test floods for longer. */
const floodMsMax = 30_000;

type AgentChanges = Partial<
  Pick<AgentConfig, 'capture' | 'instance' | 'onStop' | 'policySecrets' | 'speakers' | 'spoolBytesMax'>
>;

export class Scene {
  readonly lab: Lab;
  readonly instance: string;
  readonly directory: string;
  readonly policyRepository: string;
  readonly auditRepository: string;
  /** Where the controller listens, with this certificate. */
  readonly port = 8443;
  readonly url = `https://${labAddresses.management.controller}:${this.port}`;
  readonly tls: Certificate;
  readonly #generator: Generator;
  readonly #witness: Witness;
  #agent: RunningAgent | null = null;
  #controller: RunningProcess | null = null;

  constructor(directory: string, lab: Lab, generator: Generator) {
    this.directory = directory;
    this.lab = lab;
    this.#witness = openWitness(lab);
    this.#generator = generator;
    // As the lab's namespaces, less the role.
    this.instance = lab.namespaces.victim.replace(/-victim$/, '');
    this.policyRepository = createBareRepository(join(directory, 'policy.git'));
    this.auditRepository = join(directory, 'audit.git');
    this.tls = createCertificate(directory, labAddresses.management.controller);
    writeFileSync(join(directory, 'join-token'), 'a-join-token-for-tests-only', { mode: 0o600 });
  }

  get agent(): RunningAgent {
    if (this.#agent === null) throw new Error('no agent was started');
    return this.#agent;
  }

  get controller(): RunningProcess {
    if (this.#controller === null) throw new Error('no controller was started');
    return this.#controller;
  }

  /** Folder of the agent's state. */
  get stateDir(): string {
    return join(this.directory, 'agent');
  }

  /** Commits a policy; returns the commit id. */
  push(text: string): string {
    return commitFiles(this.policyRepository, { 'lab.yaml': text }, 'Change the policy');
  }

  /** Commits a policy, and resolves when the agent has put it in force. */
  async enforce(text: string): Promise<void> {
    const before = (await this.until(() => true)).heartbeat.digests.effective;
    this.push(text);
    await this.until(({ heartbeat }) => heartbeat.digests.effective !== before);
  }

  async startController(changes: Partial<ControllerConfig['listen']> = {}): Promise<void> {
    const config: ControllerConfig = {
      schema: 'tidegate/controller-config/v1',
      stateDir: join(this.directory, 'controller'),
      listen: {
        host: labAddresses.management.controller,
        port: this.port,
        tls: this.tls,
        ...changes,
      },
      policy: { repository: this.policyRepository, pollSeconds: 0.2 },
      audit: { repository: this.auditRepository, flushMs: 50 },
      joinToken: `file:${join(this.directory, 'join-token')}`,
    };
    this.#controller = await startController(this.directory, config, this.lab.namespaces.controller);
  }

  /**
   * Starts the agent; ready when its control socket answers.
   * @param as What runs it, such as setpriv with its options.
   */
  async startAgent(changes: AgentChanges = {}, as: readonly string[] = []): Promise<RunningAgent> {
    const config: AgentConfig = {
      schema: 'tidegate/agent-config/v1',
      node: agentName,
      labels: { role: 'lab' },
      instance: this.instance,
      stateDir: this.stateDir,
      runDir: join(this.directory, 'run'),
      controller: {
        url: this.url,
        caFile: this.tls.certFile,
        joinToken: `file:${join(this.directory, 'join-token')}`,
      },
      ...changes,
    };
    this.#agent = await startAgent(this.directory, config, this.lab.namespaces.victim, as);
    return this.#agent;
  }

  /** Runs `tidegate-agent COMMAND`, in the victim's network namespace or outside of it. */
  command(where: 'inside' | 'outside', ...args: string[]): CommandResult {
    const namespace = where === 'inside' ? this.lab.namespaces.victim : undefined;
    return runAgentCommand(args, this.agent.configFile, namespace);
  }

  /** The same inside, while servers of the test go on answering. */
  async commandBeside(...args: string[]): Promise<CommandResult> {
    return await runAgentCommandBeside(args, this.agent.configFile, this.lab.namespaces.victim);
  }

  /** kill -9. */
  async killAgent(): Promise<void> {
    await this.agent.stop('SIGKILL');
  }

  /** Floods the victim while `meanwhile` runs, and resolves with what was sent. */
  async attack(flood: Flood, meanwhile: () => Promise<unknown>): Promise<FloodResult> {
    const over = this.#generator.flood({ packetsPerSecond: 120_000, ...flood, durationMs: floodMsMax });
    try {
      await meanwhile();
    } finally {
      this.#generator.stopFlood();
      await over;
    }
    return await over;
  }

  /** Asks the agent until it says so. */
  async until(condition: (status: AgentStatus) => boolean): Promise<AgentStatus> {
    return await statusUntil(this.agent, condition, waitMsMax);
  }

  /** The agent's policy is in force, and the program's counters are read. */
  async watching(): Promise<AgentStatus> {
    return await this.until(({ heartbeat }) => heartbeat.mode !== null);
  }

  /** Resolves with the rules against an attack on `target` once they are known to have taken effect. */
  async mitigated(target: string): Promise<AgentStatus['mitigations']> {
    const isMitigated = ({ heartbeat }: AgentStatus): boolean =>
      heartbeat.incidents.some((incident) => incident.target === target && incident.state === 'mitigated');
    const { heartbeat, mitigations } = await this.until(isMitigated);
    const incident = heartbeat.incidents.find((candidate) => candidate.target === target);
    return mitigations.filter((rule) => rule.incident === incident?.id);
  }

  /** No incident is open, and so no rule in force. */
  async quiet(): Promise<void> {
    await this.until(({ heartbeat }) => heartbeat.incidents.length === 0);
  }

  /** What `who` recorded, once everything that the agent recorded so far is in git. */
  async audited(who?: typeof agentName | 'controller'): Promise<AuditReading> {
    await this.until(({ heartbeat }) => heartbeat.spool.pending === 0);
    return this.audit(who);
  }

  /** What `who` recorded, as far as it is in git. */
  audit(who: typeof agentName | 'controller' = agentName): AuditReading {
    return readAudit(this.auditRepository, who);
  }

  verifyAudit(): { exitCode: number | null; text: string } {
    return verifyAudit(this.auditRepository, join(this.directory, 'controller', 'trust.json'));
  }

  /** What the controller says of itself. */
  async controllerStatus(): Promise<ControllerStatus> {
    return await askController(this.lab.namespaces.controller, this.url, this.tls.certFile);
  }

  /** Packets of attacks, so far, that got past XDP and nftables to the victim's network stack. */
  passed(): number {
    return this.#witness.passed();
  }

  rules(): KernelRule[] {
    return rulesInKernel(this.lab, this.instance);
  }

  /** What the agent left in the kernel, for people. */
  traces(): string[] {
    return tracesInKernel(this.lab, this.instance);
  }

  async close(): Promise<void> {
    await this.#generator.close();
    // One that hangs gets no SIGTERM.
    await this.#agent?.stop('SIGKILL');
    // It may have git at work on what is to be removed.
    await this.#controller?.stop();
    this.lab.remove();
    rmSync(join('/sys/fs/bpf', this.instance), { recursive: true, force: true });
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** @param options.label Tells scenes of one process apart, and is part of every name in the kernel. */
export async function createScene(
  options: Pick<LabOptions, 'queues' | 'spare'> & { readonly label: string },
): Promise<Scene> {
  const { label } = options;
  const lab = createLab({ ...options, management: true });
  const directory = mkdtempSync(join(tmpdir(), `tg-${process.pid}-${label}-`));
  const namespace = lab.namespaces.net;
  try {
    const { interfaceName, victimMac: destinationMac } = lab;
    const generator = await startGenerator({ namespace, interfaceName, destinationMac });
    return new Scene(directory, lab, generator);
  } catch (error) {
    lab.remove();
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}

/** Resolves with the first result of `look` that is not null; rejects with `what` when none comes. */
export async function eventually<T>(what: string, look: () => T | null | Promise<T | null>): Promise<T> {
  const giveUpAt = performance.now() + waitMsMax;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (performance.now() > giveUpAt) throw new Error(`it never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
