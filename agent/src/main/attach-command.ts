/**
 * `tidegate-agent attach`: the root one-shot that puts the XDP program beside others, or takes it out again.
 *
 * libxdp takes more than the four capabilities of the daemon. So root runs this once, before the daemon starts or after
 * it fell back to libpcap; the daemon then finds the program where it is, and neither attaches nor detaches it. What is
 * left in the bpf file system is given to whoever owns the agent's state folder.
 */
import { chmodSync, chownSync, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TidegateError } from '@tidegate/schemas';
import { askAgent } from '../control/client.ts';
import { bpffsRoot } from '../kernel/pins.ts';
import type { DispatcherResult } from '../kernel/xdp/dispatcher.ts';
import { readLastGood } from '../policy/store.ts';
import { bundleKeys } from '../policy/verify.ts';
import { loadTrust } from '../state/identity.ts';
import { controlSocket, loadSettings } from './config.ts';
import type { AgentSettings } from './config.ts';
import { createLog } from './log.ts';

export interface AttachOptions {
  readonly config: string;
  /** None: those of the policy in force; to detach: all that were attached so. */
  readonly interfaces: readonly string[];
  readonly isDetach: boolean;
  readonly priority: string;
  readonly format: 'text' | 'json';
}

const priorityMax = 65_535;
const answerMs = 3000;

/** Writes to stdout. Throws TG2001 with the reason, and then has attached nothing. */
export async function runAttach(options: AttachOptions): Promise<void> {
  const settings = loadSettings(options.config);
  if (process.geteuid?.() !== 0)
    throw new TidegateError(
      'TG5001',
      'attach needs root: libxdp enumerates the programs of the whole machine.',
    );
  const { attachBesideOthers, detachFromOthers } = await import('../kernel/xdp/dispatcher.ts');
  const { instance, capture } = settings;
  if (options.isDetach) {
    const asked = await askAgent(
      controlSocket(settings),
      { schema: 'tidegate/control/v1', command: 'status' },
      answerMs,
    );
    const isRunning = !('silent' in asked && asked.silent === 'absent');
    print(detachFromOthers(instance, options.interfaces, isRunning), options);
    return;
  }
  const results = attachBesideOthers({
    instance,
    interfaces: options.interfaces.length > 0 ? options.interfaces : interfacesOfPolicy(settings),
    targetsMax: capture.targetsMax,
    samplesPerSecondMax: capture.samplesPerSecondMax,
    forensicBytes: capture.forensic.ringBytes,
    mode: capture.xdpMode,
    priority: priorityOf(options.priority),
  });
  handOver(settings);
  print(results, options);
}

function priorityOf(text: string): number {
  const priority = Number(text);
  if (Number.isInteger(priority) && priority >= 0 && priority <= priorityMax) return priority;
  throw new TidegateError('TG5001', `--priority ${text}: use a whole number from 0 to ${priorityMax}.`);
}

function interfacesOfPolicy({ stateDir, controller }: AgentSettings): readonly string[] {
  const keys = bundleKeys(loadTrust(stateDir), controller?.bundleKeys);
  const bundle = readLastGood(join(stateDir, 'policy'), keys, createLog('silent'))?.bundle;
  if (bundle !== undefined) return bundle.interfaces;
  throw new TidegateError('TG5001', 'no policy has named interfaces yet: use --interface NAME.');
}

/** The daemon's user opens the pins, so it has to own them and to be let through the folder above. */
function handOver({ instance, stateDir }: AgentSettings): void {
  if (!existsSync(stateDir)) return;
  const { uid, gid } = statSync(stateDir);
  if (uid === 0) return;
  const folder = join(bpffsRoot, instance);
  for (const path of [folder, ...readdirSync(folder).map((name) => join(folder, name))])
    chownSync(path, uid, gid);
  const { mode } = statSync(bpffsRoot);
  if ((mode & 0o001) === 0) chmodSync(bpffsRoot, (mode & 0o7777) | 0o001);
}

function print(results: readonly DispatcherResult[], { format }: AttachOptions): void {
  if (format === 'json') {
    process.stdout.write(`${JSON.stringify({ schema: 'tidegate/attach/v1', interfaces: results })}\n`);
    return;
  }
  if (results.length === 0) process.stdout.write('nothing was attached through a dispatcher\n');
  for (const { interfaceName, done, mode } of results)
    process.stdout.write(
      `${interfaceName}: ${done}${mode === null ? '' : ` (${mode}, through the dispatcher)`}\n`,
    );
}
