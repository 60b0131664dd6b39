import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { isAccepted, parseListeners, readListeners } from './synproxy-listeners.ts';

const head =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';
const line = (local: string, state: string): string =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 7 1 0 100 0 0 10 0\n`;
const any6 = '0'.repeat(32);

describe('the table of the kernel', () => {
  test('gives addresses of both families in canonical text', () => {
    const text = `${head}${line('0100007F:0050', '0A')}${line('00000000:01BB', '0A')}${line(`${any6}:0016`, '0A')}`;
    const { listeners } = parseListeners(`${text}${line('B80D0120000013010000000010000000:1F90', '0A')}`);
    expect(listeners).toEqual(['127.0.0.1 80', '0.0.0.0 443', ':: 22', '2001:db8:113::10 8080']);
  });

  test('is read to the first connection, and no further', () => {
    const text = `${head}${line('00000000:0050', '0A')}${line('0100007F:C350', '01')}${line('00000000:0051', '0A')}`;
    expect(parseListeners(text)).toEqual({ listeners: ['0.0.0.0 80'], isWhole: true });
  });

  test('cut off in the middle of a line says so far, and that there may be more', () => {
    const text = `${head}${line('00000000:0050', '0A')}${line('00000000:0051', '0A').slice(0, 40)}`;
    expect(parseListeners(text)).toEqual({ listeners: ['0.0.0.0 80'], isWhole: false });
  });
});

describe('a connection finds', () => {
  const listeners = new Set(['203.0.113.10 80', '0.0.0.0 443', '2001:db8::1 80', ':: 22']);

  test('the socket of its address', () => {
    expect(isAccepted(listeners, '203.0.113.10', 80)).toBe(true);
    expect(isAccepted(listeners, '2001:db8:0::1', 80)).toBe(true);
    expect(isAccepted(listeners, '203.0.113.11', 80)).toBe(false);
    expect(isAccepted(listeners, '203.0.113.10', 81)).toBe(false);
  });

  test('one for any address: of IPv4 for IPv4 only, of IPv6 for both', () => {
    expect(isAccepted(listeners, '203.0.113.11', 443)).toBe(true);
    expect(isAccepted(listeners, '2001:db8::1', 443)).toBe(false);
    expect(isAccepted(listeners, '203.0.113.11', 22)).toBe(true);
    expect(isAccepted(listeners, '2001:db8::1', 22)).toBe(true);
  });
});

describe('on this machine', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  test.each(['127.0.0.1', '0.0.0.0'])('a server on %s is found while it listens', async (host) => {
    const listening = createServer();
    server = listening;
    await new Promise<void>((resolve) => listening.listen({ host, port: 0 }, resolve));
    const { port } = listening.address() as { port: number };
    expect(isAccepted(readListeners(), '127.0.0.1', port)).toBe(true);
    await new Promise((resolve) => listening.close(resolve));
    expect(isAccepted(readListeners(), '127.0.0.1', port)).toBe(false);
  });
});
