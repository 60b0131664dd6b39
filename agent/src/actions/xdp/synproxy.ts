/**
 * Whether SYNs of a rule can be answered here at all, decided before anything is touched.
 *
 * The kernel program answers in the name of a listening socket of this machine. For a host behind it nobody would take
 * the connection out of the cookie, so such a rule would cut off everybody; it is refused.
 */
import { networkInterfaces } from 'node:os';
import { addressBytes, formatAddress, parseCidr } from '@tidegate/schemas';
import type { RuleRequest } from '../backend.ts';
import { createSyncookies, type FormerValue, type Syncookies } from './syncookies.ts';
import { isAccepted, readListeners } from './synproxy-listeners.ts';
import { hiddenVlans } from './synproxy-vlan.ts';

/** What of this machine decides it. Asked when a rule is planned or applied; it belongs to the calling thread's network namespace. */
export interface SynproxyHost {
  readonly syncookies: Syncookies;
  /** Whether an address is one of this machine's. */
  isLocal(address: string): boolean;
  /** Those of the ports to which nobody listens, lowest first. */
  closedPorts(address: string, ports: readonly number[]): number[];
  /** Interfaces of VLANs above these ones whose tags the card takes off. */
  hiddenVlans(interfaces: readonly string[]): string[];
}

/** @param former Remembers the sysctl that is changed while rules are in force. */
export function openSynproxyHost(former: FormerValue): SynproxyHost {
  return {
    syncookies: createSyncookies(former),
    isLocal: (address) => {
      const bytes = addressBytes(address);
      const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
      return own.some((candidate) => Buffer.compare(addressBytes(candidate.address), bytes) === 0);
    },
    closedPorts: (address, ports) => {
      const listeners = readListeners();
      return ports.filter((port) => !isAccepted(listeners, address, port));
    },
    hiddenVlans,
  };
}

/** Most ports of one rule: each is looked up. */
const portsMax = 64;

/**
 * Null: they can be answered.
 *
 * @param native Interfaces on which the program runs in native mode.
 */
export function synproxyFault(
  { match }: RuleRequest,
  host: SynproxyHost | undefined,
  native: readonly string[],
): string | null {
  if (host === undefined) return 'this node answers no SYNs';
  const { family, bytes, length, text } = parseCidr(match.destination);
  if (length !== (family === 4 ? 32 : 128))
    return `synproxy takes a single address of this server, and ${text} is a prefix`;
  const address = formatAddress(bytes);
  if (match.destinationPorts === undefined)
    return 'synproxy takes destinationPorts: it answers for open ports only';
  const count = match.destinationPorts.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  if (count > portsMax) return `synproxy takes at most ${portsMax} ports, and these are ${count}`;
  if (!host.isLocal(address))
    return `${address} is no address of this server: a SYN cookie can be taken back only by the server that is connected to`;
  const ports = match.destinationPorts.flatMap(({ from, to }) =>
    Array.from({ length: to - from + 1 }, (_, index) => from + index),
  );
  const closed = host.closedPorts(address, ports);
  if (closed.length > 0)
    return `nobody on this server listens to ${address} port ${closed.join(', ')}: a SYN cookie could not be taken back`;
  const hidden = host.hiddenVlans(native);
  if (hidden.length > 0)
    return `the card takes off the VLAN tags of ${hidden.join(', ')}, so answers would go out without: ethtool -K INTERFACE rxvlan off`;
  return host.syncookies.refusal();
}
