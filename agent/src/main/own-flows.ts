/**
 * Flows that this server itself depends on, found by looking at its sockets: the way to the controller, BGP sessions,
 * and whoever is logged in over SSH. They are put into the never-block set (rail 3 of the design), so that no rule,
 * ceiling or feed cuts the server off from those who steer it.
 *
 * Bounds: at most 32 flows; sessions that exist are taken, none that could exist.
 */
import type { KeptFlow } from '../actions/xdp/never-block.ts';
import type { TcpSocket } from '../kernel/tcp-sockets.ts';

const flowsMax = 32;
const tcp = 6;
const bgpPort = 179;
const sshPort = 22;

const host = (address: string): string => `${address}/${address.includes(':') ? 128 : 32}`;
const port = (number: number): { from: number; to: number }[] => [{ from: number, to: number }];

/** @param controllerPort Where the controller listens; null where there is none. */
export function ownFlows(sockets: readonly TcpSocket[], controllerPort: number | null): KeptFlow[] {
  const flows = new Map<string, KeptFlow>();
  const remotes: readonly { readonly what: string; readonly port: number | null }[] = [
    { what: 'controller', port: controllerPort },
    { what: 'bgp', port: bgpPort },
  ];
  const locals: readonly { readonly what: string; readonly port: number }[] = [
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
      flows.set(name, { name, match: { ...ends, sourcePorts: port(socket.remotePort) } });
    }
    for (const { what, port: number } of locals) {
      if (socket.localPort !== number) continue;
      const name = `${what} ${socket.remoteAddress}`;
      flows.set(name, { name, match: { ...ends, destinationPorts: port(socket.localPort) } });
    }
  }
  return [...flows.values()].slice(0, flowsMax);
}

const isLoopback = (address: string): boolean => address === '::1' || address.startsWith('127.');
