/** A machine on which all is well, and what a test changes about it. */
import type { AgentSettings } from '../config.ts';
import type { Check, Result } from './check.ts';
import { createContext, type Context } from './context.ts';
import type { Answer, Host } from './host/host.ts';

export const fourCapabilities = (1n << 12n) | (1n << 13n) | (1n << 38n) | (1n << 39n);
/** When it is, ms since the epoch. */
export const nowMs = Date.parse('2026-03-04T05:06:07.500Z');

export const healthyAnswer: Answer = {
  status: 200,
  date: 'Wed, 04 Mar 2026 05:06:07 GMT',
  askedMs: nowMs - 10,
  answeredMs: nowMs + 10,
};

export const settings: AgentSettings = {
  node: 'web-1',
  labels: {},
  instance: 'tidegate',
  stateDir: '/var/lib/tidegate',
  runDir: '/run/tidegate',
  controller: { url: 'https://controller.example', caFile: undefined, joinToken: undefined, bundleKeys: [] },
  capture: {
    source: 'auto',
    xdpMode: 'auto',
    targetsMax: 4096,
    samplesPerSecondMax: 5000,
    forensic: {
      ringBytes: 16_777_216,
      folder: '/var/lib/tidegate/captures',
      bytesMax: 1_073_741_824,
      filesMax: 64,
      ageMsMax: 30 * 86_400_000,
    },
  },
  speakers: [],
  policySecrets: [],
  onStop: 'remove',
  spoolBytesMax: 268_435_456,
  logLevel: 'info',
};

const host: Host = {
  nodeVersion: '22.14.0',
  kernelRelease: '6.1.0-18-amd64',
  user: { name: 'tidegate', isRoot: false },
  capabilities: fourCapabilities,
  exists: () => true,
  read: (path) => (path.startsWith('/proc/') ? { text: '1\n' } : 'absent'),
  folder: (path) => ({ at: path, problem: null, freeBytes: 5e9 }),
  bytesIn: () => 1_200_000,
  socket: () => 'usable',
  isBpffsMounted: () => true,
  libbpfVersion: () => '1.1',
  loadLibrary: () => undefined,
  loadPcap: async () => undefined,
  tryProgram: () => ({ jitedBytes: 6583 }),
  linkNames: () => ['lo', 'eth0', 'eth1'],
  link: (name) =>
    ['lo', 'eth0'].includes(name)
      ? { index: 2, isUp: true, isRunning: true, mtu: 1500, driver: 'sfc' }
      : null,
  xdpOn: () => ({ programId: 7, mode: 'native' }),
  xdpFeatures: () => ({ isNative: true, isMultiBuffer: false }),
  programName: () => 'tidegate',
  ownPrograms: () => new Map([[2, 7]]),
  examineNftables: async () => 'ours',
  wallMs: () => nowMs,
  clock: () => ({ isSynchronised: true, errorMsMax: 11.2 }),
  get: async () => healthyAnswer,
  askAgent: async () => ({ answer: status() }),
  lastGoodBundle: () => ({ interfaces: ['eth0'], speakers: [] }),
  neighboursOf: async () => [],
};

/** What an agent answers. */
export function status(changes: Partial<ReturnType<typeof heartbeat>> = {}) {
  return {
    schema: 'tidegate/control-status/v1' as const,
    heartbeat: { ...heartbeat(), ...changes },
    mitigations: [],
    ticks: { total: 100, missed: 0, lateMsMax: 1, lateMsP99: 1 },
  };
}

const heartbeat = () => ({
  schema: 'tidegate/heartbeat/v1' as const,
  agent: 'web-1',
  version: '0.1.0',
  at: '2026-03-04T05:06:07.500Z',
  capture: 'xdp/native on eth0',
  mode: 'enforce' as 'enforce' | null,
  stopped: false,
  digests: { offered: null, verified: null, effective: null },
  failed: null as { stage: string; reason: string } | null,
  spool: { pending: 3, lastSeq: 14, failing: false },
  incidents: [],
});

export interface Changes {
  readonly host?: Partial<Host>;
  /** Null: there is no configuration. */
  readonly settings?: Partial<AgentSettings> | null;
  /** @default [] */
  readonly interfaces?: readonly string[];
}

export function contextWith(changes: Changes = {}): Context {
  const path = '/etc/tidegate/agent.yaml';
  const configuration =
    changes.settings === null
      ? { path, problem: 'TG5003 no such file', isAbsent: true }
      : { path, settings: { ...settings, ...changes.settings } };
  return createContext({ ...host, ...changes.host }, configuration, changes.interfaces ?? []);
}

/** What a check says of a machine on which all is well but for the changes. */
export async function look(check: Check, changes: Changes = {}): Promise<Result> {
  const results = await check.run(contextWith(changes));
  const [result, ...more] = 'status' in results ? [results] : results;
  if (result === undefined || more.length > 0) throw new Error(`${check.id} says not one thing`);
  return result;
}

/** As a configuration that captures through `source`. */
export const capture = (changes: Partial<AgentSettings['capture']>): Pick<AgentSettings, 'capture'> => ({
  capture: { ...settings.capture, ...changes },
});
