/**
 * Whether clients get through while somebody floods an open port with SYNs from spoofed sources: with SYN cookies in
 * XDP, with nft's synproxy, with the cookies that Linux itself sends when a backlog is full, and with nothing.
 *
 * Each has a lab of its own, one after another: the same flood, the same clients at an even pace, each of whom gives
 * up after three seconds, as a person would. A connection counts once the server answered through it. What reached the
 * stack is counted at tc ingress, behind XDP and in front of netfilter.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createXdpRules } from '../../actions/xdp/index.ts';
import { openSynproxyHost } from '../../actions/xdp/synproxy.ts';
import { openXdpSource } from '../../capture/xdp/index.ts';
import { takeAnswers } from '../../testkit/answers.ts';
import { inNamespace } from '../../testkit/frames/index.ts';
import { createLab, labAddresses, type Lab } from '../../testkit/netns.ts';
import { startProcess, type RunningProcess } from '../../testkit/process.ts';
import { openProbe, startGenerator } from '../../testkit/traffic/index.ts';
import type { ConnectResult, ConnectTask } from './synproxy-peer.ts';

export interface SynproxyOptions {
  /** Of the flood. @default 200000 */
  readonly packetsPerSecond?: number;
  /** New connections, evenly over the time. @default 600 */
  readonly connections?: number;
  /** @default 6 */
  readonly seconds?: number;
  /** Told before each part. */
  readonly onPart?: (name: string) => void;
}

type Protection = 'xdp' | 'nft' | 'kernel' | 'none';

const port = 80;
const limitMs = 3000;
const address = labAddresses.victim.ipv4[0];
const id = 'mit-00000000000000c0';

/** SYN cookies answered here, and how to end it. */
interface Guard {
  answered(): Promise<number>;
  close(): void;
}

interface Outcome {
  readonly connectShare: number;
  readonly stackShare: number;
  readonly answeredShare: number;
  readonly packetsPerSecond: number;
}

/**
 * - `synproxyConnectShare`, `nftSynproxyConnectShare`, `kernelCookiesConnectShare`, `unprotectedConnectShare`: clients
 *   that were served, of all
 * - `synproxyStackShare`, `nftSynproxyStackShare`: packets of the flood that reached the stack, of those sent
 * - `synproxyAnswered`: SYNs answered with a cookie, of the flood's packets
 * - `synproxyFloodKpps`, `nftSynproxyFloodKpps`, …: what the generator got out, which is the less the more work the
 *   receiver makes of it on the same CPU
 */
export async function measureSynproxy(options: SynproxyOptions = {}): Promise<Record<string, number>> {
  const none = await measure('none', options);
  const kernel = await measure('kernel', options);
  const nft = await measure('nft', options);
  const xdp = await measure('xdp', options);
  return {
    synproxyConnectShare: xdp.connectShare,
    synproxyStackShare: xdp.stackShare,
    synproxyAnswered: xdp.answeredShare,
    synproxyFloodKpps: xdp.packetsPerSecond / 1000,
    nftSynproxyConnectShare: nft.connectShare,
    nftSynproxyStackShare: nft.stackShare,
    nftSynproxyFloodKpps: nft.packetsPerSecond / 1000,
    kernelCookiesConnectShare: kernel.connectShare,
    kernelCookiesFloodKpps: kernel.packetsPerSecond / 1000,
    unprotectedConnectShare: none.connectShare,
    unprotectedFloodKpps: none.packetsPerSecond / 1000,
  };
}

async function measure(protection: Protection, options: SynproxyOptions): Promise<Outcome> {
  const { packetsPerSecond = 200_000, connections = 600, seconds = 6, onPart } = options;
  onPart?.(protection);
  const lab = createLab({ label: `sp-${protection}` });
  try {
    const { interfaceName, namespaces, victimMac: destinationMac } = lab;
    takeAnswers(namespaces.net, interfaceName);
    // Linux keeps places in a backlog for addresses that it knows from before; here every client is a stranger.
    sysctl(lab, 'ipv4/tcp_no_metrics_save', 1);
    const server = await startPeer(namespaces.victim, { serve: port }, /listens/);
    const guard = await guards[protection](lab);
    const probe = openProbe({ namespace: namespaces.victim, interfaceName });
    const generator = await startGenerator({ namespace: namespaces.net, interfaceName, destinationMac });
    const flood = { kind: 'syn_flood', destination: address, destinationPort: port } as const;
    const durationMs = seconds * 1000 + 2 * limitMs + 10_000;
    const over = generator.flood({ ...flood, packetsPerSecond, durationMs });
    const task: ConnectTask = {
      ...{ address, port, connections, limitMs },
      intervalMs: (seconds * 1000) / connections,
    };
    const clients = await startPeer(namespaces.net, { connect: task }, /result (.*)/);
    generator.stopFlood();
    const result = await over;
    const { attempts, succeeded } = JSON.parse(clients.ready?.[1] ?? '') as ConnectResult;
    const outcome = {
      connectShare: rounded(succeeded / attempts),
      stackShare: rounded(probe.seen().packets / result.sent),
      answeredShare: rounded((await guard.answered()) / result.sent),
      packetsPerSecond: result.packetsPerSecond,
    };
    await Promise.all([generator.close(), clients.stop(), server.stop()]);
    probe.close();
    guard.close();
    return outcome;
  } finally {
    lab.remove();
  }
}

const rounded = (share: number): number => Number(share.toFixed(4));

async function startPeer(namespace: string, task: object, ready: RegExp): Promise<RunningProcess> {
  const main = fileURLToPath(new URL('../../../dist/bench/datapath/synproxy-peer.js', import.meta.url));
  const args = [main, JSON.stringify(task)];
  const name = 'a peer of the bench';
  return await startProcess({ name, command: process.execPath, args, namespace, ready, readyMsMax: 60_000 });
}

const noAnswers = { answered: async () => 0, close: () => undefined };

const guards: Record<Protection, (lab: Lab) => Promise<Guard>> = {
  none: async (lab) => {
    sysctl(lab, 'ipv4/tcp_syncookies', 0);
    return noAnswers;
  },
  kernel: async (lab) => {
    sysctl(lab, 'ipv4/tcp_syncookies', 1);
    return noAnswers;
  },
  /** As in the documentation of nft (nft(8), SYNPROXY STATEMENT). */
  nft: async (lab) => {
    sysctl(lab, 'ipv4/tcp_syncookies', 1);
    const { victim } = lab.namespaces;
    const rules = [
      'add table inet bench',
      'add chain inet bench raw { type filter hook prerouting priority raw; }',
      `add rule inet bench raw tcp dport ${port} tcp flags syn notrack`,
      'add chain inet bench in { type filter hook input priority filter; }',
      `add rule inet bench in tcp dport ${port} ct state invalid,untracked synproxy mss 1460 wscale 7 timestamp sack-perm`,
      'add rule inet bench in ct state invalid drop',
    ];
    lab.run(victim, 'nft', rules.join('; '));
    sysctl(lab, 'netfilter/nf_conntrack_tcp_loose', 0);
    return noAnswers;
  },
  xdp: async (lab) => {
    const { namespaces, interfaceName } = lab;
    const there = <T>(step: () => T): T => inNamespace(namespaces.victim, step);
    const source = there(() =>
      openXdpSource({
        instance: `tg-${process.pid}-sp`,
        interfaces: [interfaceName],
        protect: labAddresses.protect,
        safelist: [],
        targetsMax: 4096,
        samplesPerSecondMax: 5000,
        mode: 'native',
      }),
    );
    const reading = setInterval(() => source.read(), 100);
    const former = { read: () => undefined, write: () => undefined, remove: () => undefined };
    const rules = there(() => createXdpRules(source.datapath, openSynproxyHost(former)));
    const match = { destination: `${address}/32`, protocol: 6, destinationPorts: [{ from: port, to: port }] };
    await there(() => rules.apply({ id, match, ttlMs: 600_000, verdict: 'synproxy' }));
    return {
      answered: async () => Number((await rules.readBack(id))?.answered ?? 0n),
      close: () => {
        clearInterval(reading);
        source.close({ keepRules: false });
      },
    };
  },
};

/** In the namespace of the server. */
function sysctl({ namespaces }: Lab, name: string, value: number): void {
  inNamespace(namespaces.victim, () => {
    writeFileSync(`/proc/sys/net/${name}`, String(value));
  });
}
