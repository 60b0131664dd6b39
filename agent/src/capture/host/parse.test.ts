import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCounter, parseCpuTicks, parseNetstat } from './parse.ts';

const netstat = `TcpExt: SyncookiesSent SyncookiesRecv ListenOverflows ListenDrops TCPPureAcks
TcpExt: 12 3 45 67 890
IpExt: InNoRoutes InOctets
IpExt: 0 99
`;

describe('netstat', () => {
  it('is read by the names of its columns', () => {
    expect(parseNetstat(netstat)).toEqual({ listenOverflows: 45, listenDrops: 67, syncookiesSent: 12 });
  });

  it.each(['', 'TcpExt: ListenDrops', 'TcpExt: ListenDrops\nTcpExt: many', 'IpExt: 1'])(
    'counts what is missing as 0: %j',
    (text) => {
      expect(parseNetstat(text)).toEqual({ listenOverflows: 0, listenDrops: 0, syncookiesSent: 0 });
    },
  );
});

describe('CPUs', () => {
  it('are told apart, without their sum and without guests', () => {
    const text =
      'cpu  9 9 9 9 9 9 9 9 9 9\ncpu0 1 2 3 4 5 6 7 8 100 100\ncpu1 0 0 0 10 0 0 30 0 0 0\nintr 5 cpu9\n';
    expect(parseCpuTicks(text)).toEqual([
      { softirq: 7, total: 36 },
      { softirq: 30, total: 40 },
    ]);
  });
});

it('no text makes a parser fail, or gives anything but finite numbers', () => {
  const words = fc.constantFrom('TcpExt:', 'cpu0', 'ListenDrops', '-1', '1e999', 'NaN', ' ', '\n', '7');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(words).map((all) => all.join(' ')),
      ),
      (text) => {
        const cpus = parseCpuTicks(text).flatMap(({ softirq, total }) => [softirq, total]);
        const { listenOverflows, listenDrops, syncookiesSent } = parseNetstat(text);
        for (const value of [listenOverflows, listenDrops, syncookiesSent, ...cpus, parseCounter(text)])
          expect(Number.isFinite(value)).toBe(true);
      },
    ),
  );
});
