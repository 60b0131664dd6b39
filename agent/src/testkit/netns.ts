/**
 * A small internet on this machine: an attacker's and clients' side (`net`), a victim, and on demand a management
 * network with a place for the controller. Everything is in namespaces `tg-PID-…` of its own.
 *
 * Promises: addresses are from documentation ranges; frames of the generator arrive also while no XDP program is
 * attached; everything is gone when the process ends, however it ends, short of SIGKILL.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { enableGro } from './ethtool.ts';
import { inNamespace } from './frames/index.ts';

/** Where tests find things; the victim's addresses are the ones to attack. */
export const labAddresses = {
  protect: ['203.0.113.0/24', '2001:db8:113::/64'],
  victim: {
    ipv4: ['203.0.113.10', '203.0.113.11', '203.0.113.12'],
    ipv6: ['2001:db8:113::10', '2001:db8:113::11', '2001:db8:113::12'],
  },
  /** Legitimate clients; connections from `net` come from the first of each. */
  clients: {
    ipv4: ['198.51.100.10', '198.51.100.11', '198.51.100.12'],
    ipv6: ['2001:db8:51::10', '2001:db8:51::11', '2001:db8:51::12'],
  },
  router: { ipv4: '203.0.113.1', ipv6: '2001:db8:113::1' },
  management: { controller: '192.0.2.1', victim: '192.0.2.2' },
} as const;

const macs = { net: '02:00:00:00:71:01', victim: '02:00:00:00:71:02' };

/** More addresses of the victim, apart from all that have a part of their own. */
export const spareAddresses = (count: number) => ({
  ipv4: Array.from({ length: count }, (_, index) => `203.0.113.${50 + index}`),
  ipv6: Array.from({ length: count }, (_, index) => `2001:db8:113::${(0x50 + index).toString(16)}`),
});

export interface LabOptions {
  /** Tells labs of one process apart. @default none */
  readonly label?: string;
  /** Joins the victim and a namespace for the controller by `mgmt0`. @default false */
  readonly management?: boolean;
  /** Queues between net and victim, each way; senders on several CPUs then do not meet in one. @default 1 */
  readonly queues?: number;
  /** How many spare addresses the victim has of each family, at most 200. @default 0 */
  readonly spare?: number;
}

export interface Lab {
  /** Names in /run/netns. `controller` is there with `management` only. */
  readonly namespaces: { readonly net: string; readonly victim: string; readonly controller: string };
  /** The interface's name, the same at both ends. */
  readonly interfaceName: 'eth0';
  readonly victimMac: string;
  /** Runs a command inside a namespace and returns its output; throws when it fails. */
  readonly run: (namespace: string, command: string, ...args: string[]) => string;
  remove(): void;
}

export function createLab({ label = '', management = false, queues = 1, spare = 0 }: LabOptions = {}): Lab {
  const name = (role: string): string => `tg-${process.pid}-${label === '' ? '' : `${label}-`}${role}`;
  const namespaces = { net: name('net'), victim: name('victim'), controller: name('ctl') };
  const made = management ? Object.values(namespaces) : [namespaces.net, namespaces.victim];
  const remove = removeAtExit(made);
  try {
    for (const namespace of made) addNamespace(namespace);
    join(namespaces.net, namespaces.victim, queues, spareAddresses(spare));
    if (management) joinManagement(namespaces.controller, namespaces.victim);
  } catch (error) {
    remove();
    throw error;
  }
  return {
    namespaces,
    interfaceName: 'eth0',
    victimMac: macs.victim,
    run: (namespace, command, ...args) =>
      execFileSync('nsenter', [`--net=/run/netns/${namespace}`, command, ...args], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    remove,
  };
}

function addNamespace(namespace: string): void {
  execFileSync('ip', ['netns', 'add', namespace]);
  inNamespace(namespace, () => {
    // Spoofed sources have no way back through the interface that they came from.
    for (const scope of ['all', 'default']) writeFileSync(`/proc/sys/net/ipv4/conf/${scope}/rp_filter`, '0');
  });
  ip(namespace, ['link set lo up']);
}

const ip = (namespace: string, commands: readonly string[]): void => {
  execFileSync('ip', ['-n', namespace, '-batch', '-'], {
    input: commands.join('\n'),
    stdio: ['pipe', 'pipe', 'pipe'],
  });
};

function join(net: string, victim: string, queues: number, spare: ReturnType<typeof spareAddresses>): void {
  const { router, clients, victim: own } = labAddresses;
  const addresses = { ipv4: [...own.ipv4, ...spare.ipv4], ipv6: [...own.ipv6, ...spare.ipv6] };
  const both = `numtxqueues ${queues} numrxqueues ${queues}`;
  const peer = `peer name eth0 address ${macs.victim} ${both} netns ${victim}`;
  ip(net, [`link add eth0 address ${macs.net} ${both} type veth ${peer}`]);
  ip(victim, [
    'link set eth0 up',
    ...addresses.ipv4.map((address) => `address add ${address}/24 dev eth0`),
    ...addresses.ipv6.map((address) => `address add ${address}/64 dev eth0 nodad`),
    `neighbour replace ${router.ipv4} lladdr ${macs.net} dev eth0 nud permanent`,
    `neighbour replace ${router.ipv6} lladdr ${macs.net} dev eth0 nud permanent`,
    `route add default via ${router.ipv4}`,
    `route add default via ${router.ipv6} dev eth0`,
  ]);
  ip(net, [
    'link set eth0 up',
    `address add ${router.ipv4}/24 dev eth0`,
    `address add ${router.ipv6}/64 dev eth0 nodad noprefixroute`,
    ...clients.ipv4.map((address) => `address add ${address}/32 dev eth0`),
    ...clients.ipv6.map((address) => `address add ${address}/128 dev eth0 nodad`),
    ...[...addresses.ipv4, ...addresses.ipv6].map(
      (address) => `neighbour replace ${address} lladdr ${macs.victim} dev eth0 nud permanent`,
    ),
    // Clients come from addresses of their own, not from the router's.
    `route replace 203.0.113.0/24 dev eth0 src ${clients.ipv4[0]}`,
    `route add 2001:db8:113::/64 dev eth0 src ${clients.ipv6[0]}`,
  ]);
  // A veth interface takes redirected frames only while it polls: with an XDP program on it, or with GRO.
  for (const namespace of [net, victim]) inNamespace(namespace, () => enableGro('eth0'));
}

function joinManagement(controller: string, victim: string): void {
  ip(controller, [`link add mgmt0 type veth peer name mgmt0 netns ${victim}`]);
  for (const [namespace, address] of [
    [controller, labAddresses.management.controller],
    [victim, labAddresses.management.victim],
  ] as const) {
    ip(namespace, ['link set mgmt0 up', `address add ${address}/24 dev mgmt0`]);
  }
}

const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Removes the namespaces when it is called, or when the process ends. */
function removeAtExit(namespaces: readonly string[]): () => void {
  const remove = (): void => {
    process.off('exit', remove);
    for (const signal of signals) process.off(signal, onSignal);
    for (const namespace of namespaces) removeNamespace(namespace);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    remove();
    // Whoever else listens decides when the process ends; else the signal does what it always does.
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  process.on('exit', remove);
  for (const signal of signals) process.on(signal, onSignal);
  return remove;
}

function removeNamespace(namespace: string): void {
  // What still runs in there was started by the lab's owner, and would keep the namespace alive unseen.
  const { stdout } = spawnSync('ip', ['netns', 'pids', namespace], { encoding: 'utf8' });
  for (const pid of stdout.split('\n').filter(Boolean)) {
    if (Number(pid) !== process.pid) process.kill(Number(pid), 'SIGKILL');
  }
  spawnSync('ip', ['netns', 'delete', namespace], { stdio: 'ignore' });
}
