/** The machine that this process runs on. */
import { existsSync, readFileSync } from 'node:fs';
import { release, userInfo } from 'node:os';
import { join } from 'node:path';
import { examineNftables } from '../../../actions/nftables/index.ts';
import { askAgent } from '../../../control/client.ts';
import { clockState } from '../../../kernel/clock-state.ts';
import { libbpf } from '../../../kernel/libbpf.ts';
import { linkNames, linkState } from '../../../kernel/link.ts';
import { loadLibrary } from '../../../kernel/native.ts';
import { isBpffs } from '../../../kernel/pins.ts';
import { attachedPrograms, tryLoading } from '../../../kernel/xdp/index.ts';
import { xdpFeatures } from '../../../kernel/xdp-features.ts';
import { programName, xdpOn } from '../../../kernel/xdp-link.ts';
import { readLastGood } from '../../../policy/store.ts';
import { bundleKeys } from '../../../policy/verify.ts';
import { loadTrust } from '../../../state/identity.ts';
import { HttpClient } from '../../../uplink/http.ts';
import { createLog } from '../../log.ts';
import { bytesIn, folderState, isDenied, readText, socketState } from './files.ts';
import type { Answer, Host } from './host.ts';

const agentMs = 3000;

export const thisHost = (): Host => ({
  nodeVersion: process.versions.node,
  kernelRelease: release(),
  user: { name: userName(), isRoot: process.geteuid?.() === 0 },
  capabilities: effectiveCapabilities(),
  exists: existsSync,
  read: readText,
  folder: folderState,
  bytesIn,
  socket: socketState,
  isBpffsMounted: isBpffs,
  libbpfVersion: () => libbpf().versionText().replace(/^v/, ''),
  loadLibrary: (soname) => {
    loadLibrary(soname);
  },
  loadPcap: async () => {
    await import('cap');
  },
  tryProgram: tryLoading,
  linkNames,
  link: linkState,
  xdpOn,
  xdpFeatures,
  programName,
  ownPrograms: (instance) => {
    try {
      return attachedPrograms(instance);
    } catch (error) {
      if (isDenied(error)) return 'denied';
      throw error;
    }
  },
  examineNftables,
  wallMs: Date.now,
  clock: clockState,
  get,
  askAgent: async (socket) =>
    await askAgent(socket, { schema: 'tidegate/control/v1', command: 'status' }, agentMs),
  neighboursOf: async (speaker) => {
    const { openSpeaker } = await import('../../upstream.ts');
    const opened = await openSpeaker(speaker);
    try {
      return await opened.neighbours();
    } finally {
      opened.close();
    }
  },
  lastGoodBundle: ({ stateDir, controller }) => {
    try {
      const keys = bundleKeys(loadTrust(stateDir), controller?.bundleKeys);
      const bundle = readLastGood(join(stateDir, 'policy'), keys, createLog('silent'))?.bundle;
      if (bundle === undefined) return null;
      const speakers = new Set((bundle.flowspec ?? []).map(({ speaker }) => speaker));
      return { interfaces: bundle.interfaces, speakers: [...speakers] };
    } catch {
      // Keys that are damaged or not ours to read: there is none that could be trusted.
      return null;
    }
  },
});

/** A user of a container may have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.geteuid?.() ?? '?'}`;
  }
}

function effectiveCapabilities(): bigint {
  const found = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return BigInt(`0x${found ?? '0'}`);
}

const get: Host['get'] = async (address, path, timeoutMs): Promise<Answer> => {
  const client = new HttpClient(address);
  try {
    const askedMs = Date.now();
    const { status, headers } = await client.send({ method: 'GET', path, timeoutMs });
    return { status, date: headers.date, askedMs, answeredMs: Date.now() };
  } finally {
    client.close();
  }
};
