import { expect, test } from 'vitest';
import type { TcpSocket } from '../kernel/tcp-sockets.ts';
import { ownFlows } from './own-flows.ts';

const socket = (localPort: number, remoteAddress: string, remotePort: number): TcpSocket => ({
  state: 'established',
  localAddress: remoteAddress.includes(':') ? '2001:db8::9' : '203.0.113.9',
  localPort,
  remoteAddress,
  remotePort,
});

test('the controller, BGP in both directions and SSH clients; nobody else', () => {
  const flows = ownFlows(
    [
      socket(50000, '192.0.2.10', 8443),
      socket(179, '192.0.2.1', 40000),
      socket(40001, '2001:db8::1', 179),
      socket(22, '198.51.100.7', 50000),
      socket(80, '198.51.100.8', 50000),
      socket(22, '127.0.0.1', 50000),
      { ...socket(22, '0.0.0.0', 0), state: 'listening' },
    ],
    8443,
  );
  expect(flows.map(({ name }) => name)).toEqual([
    'controller 192.0.2.10',
    'bgp 192.0.2.1',
    'bgp 2001:db8::1',
    'ssh 198.51.100.7',
  ]);
  expect(flows[3]!.match).toEqual({
    destination: '203.0.113.9/32',
    source: '198.51.100.7/32',
    protocol: 6,
    destinationPorts: [{ from: 22, to: 22 }],
  });
  expect(flows[2]!.match.sourcePorts).toEqual([{ from: 179, to: 179 }]);
});

test('what the defence hangs on stands first', () => {
  const flows = ownFlows(
    [socket(22, '198.51.100.7', 50000), socket(179, '192.0.2.1', 40000), socket(50000, '192.0.2.10', 443)],
    443,
  );
  expect(flows.map(({ name }) => name)).toEqual([
    'controller 192.0.2.10',
    'bgp 192.0.2.1',
    'ssh 198.51.100.7',
  ]);
});
