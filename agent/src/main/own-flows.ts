/**
 * Flows that this server itself depends on, found by looking at its sockets: the way to the controller, BGP sessions,
 * and whoever is logged in over SSH. They are put into the never-block set (rail 3 of the design), so that no rule,
 * ceiling or feed cuts the server off from those who steer it.
 *
 * Sessions that exist are taken, none that could exist. Those that the defence itself hangs on stand first: there may be
 * more of them than the kernel has places for.
 */
import type { KeptFlow } from '../actions/xdp/never-block.ts';
import type { TcpSocket } from '../kernel/tcp-sockets.ts';

const tcp = 6;
const bgpPort = 179;
const sshPort = 22;

const host = (address: string): string => `${address}/${address.includes(':') ? 128 : 32}`;
const port = (number: number): { from: number; to: number }[] => [{ from: number, to: number }];

/** The most important first. */
const kinds = ['controller', 'bgp', 'ssh'] as const;
type Kind = (typeof kinds)[number];

/** @param controllerPort Where the controller listens; null where there is none. */
export function ownFlows(sockets: readonly TcpSocket[], controllerPort: number | null): KeptFlow[] {
  const flows = new Map<string, KeptFlow & { readonly what: Kind }>();
  const remotes: readonly { readonly what: Kind; readonly port: number | null }[] = [
    { what: 'controller', port: controllerPort },
    { what: 'bgp', port: bgpPort },
  ];
  const locals: readonly { readonly what: Kind; readonly port: number }[] = [
    { what: 'bgp', port: bgpPort },
    { what: 'ssh', port: sshPort },
  ];
  for (const socket of sockets) {
    if (socket.state !== 'established' || isLoopback(socket.remoteAddress)) continue;
    const ends = {
      destination: host(socket.localAddress),
      source: host(socket.remoteAddress),
      protocol: tcp,
    };
    for (const { what, port: number } of remotes) {
      if (socket.remotePort !== number) continue;
      const name = `${what} ${socket.remoteAddress}`;
      flows.set(name, { name, what, match: { ...ends, sourcePorts: port(socket.remotePort) } });
    }
    for (const { what, port: number } of locals) {
      if (socket.localPort !== number) continue;
      const name = `${what} ${socket.remoteAddress}`;
      flows.set(name, { name, what, match: { ...ends, destinationPorts: port(socket.localPort) } });
    }
  }
  return [...flows.values()]
    .sort((a, b) => kinds.indexOf(a.what) - kinds.indexOf(b.what))
    .map(({ name, match }) => ({ name, match }));
}

const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.');
