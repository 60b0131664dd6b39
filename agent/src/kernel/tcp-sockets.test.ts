import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { parseSockets, tcpSockets } from './tcp-sockets.ts';

const header =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';

test('reads IPv4, IPv6 and mapped addresses; other states are left out', () => {
  const text = [
    header,
    '   0: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1',
    '   1: 097100CB:0016 076433C6:C350 01 00000000:00000000 00:00000000 00000000     0        0 2 1',
    '   2: 097100CB:0016 086433C6:C350 06 00000000:00000000 00:00000000 00000000     0        0 0 1',
    '   3: B80D0120000000000000000001000000:00B3 B80D0120000000000000000002000000:C351 01 0:0 0:0 0 0 0 3 1',
    '   4: 0000000000000000FFFF0000097100CB:0016 0000000000000000FFFF0000076433C6:C352 01 0:0 0:0 0 0 0 4 1',
    '',
  ].join('\n');
  const established = { state: 'established', localPort: 22 };
  expect(parseSockets(text)).toEqual([
    { state: 'listening', localAddress: '127.0.0.1', localPort: 22, remoteAddress: '0.0.0.0', remotePort: 0 },
    { ...established, localAddress: '203.0.113.9', remoteAddress: '198.51.100.7', remotePort: 50000 },
    {
      ...established,
      localAddress: '2001:db8::1',
      localPort: 179,
      remoteAddress: '2001:db8::2',
      remotePort: 50001,
    },
    { ...established, localAddress: '203.0.113.9', remoteAddress: '198.51.100.7', remotePort: 50002 },
  ]);
});

test('finds a listener of this process', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  expect(tcpSockets()).toContainEqual({
    state: 'listening',
    localAddress: '127.0.0.1',
    localPort: port,
    remoteAddress: '0.0.0.0',
    remotePort: 0,
  });
  server.close();
});
