import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHostSigns } from './index.ts';

describe('on this machine', () => {
  it('reads real counters, once a second', () => {
    const host = openHostSigns({ interfaces: ['lo'] });
    expect(host.read(0)).toBeUndefined();
    expect(host.read(500e6)).toBeUndefined();
    const signs = host.read(1e9);
    expect(signs).toBeDefined();
    for (const value of Object.values(signs!)) expect(value).toBeGreaterThanOrEqual(0);
    expect(signs!.softirqShare).toBeLessThanOrEqual(1);
    host.close();
  });
});

describe('with files that change', () => {
  let root = '';
  const write = (path: string, text: string): void => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const netstat = (drops: number, cookies: number): void => {
    write(
      'proc/self/net/netstat',
      `TcpExt: ListenOverflows ListenDrops SyncookiesSent\nTcpExt: 1 ${drops} ${cookies}\n`,
    );
  };
  const cards = (dropped: number, missed: number): void => {
    write('sys/class/net/eth0/statistics/rx_dropped', `${dropped}\n`);
    write('sys/class/net/eth0/statistics/rx_missed_errors', `${missed}\n`);
  };

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tidegate-host-'));
    netstat(100, 10);
    cards(5, 7);
    write('proc/stat', 'cpu0 0 0 0 100 0 0 0 0\ncpu1 0 0 0 100 0 0 0 0\n');
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  it('tells differences, and the busiest CPU', () => {
    const host = openHostSigns({ interfaces: ['eth0', 'gone0'], root });
    host.read(0);
    netstat(160, 1010);
    cards(5, 27);
    write('proc/stat', 'cpu0 0 0 0 190 0 0 10 0\ncpu1 0 0 0 120 0 0 80 0\n');
    expect(host.read(1e9)).toEqual({
      listenOverflows: 60,
      synCookiesSent: 1000,
      cardDrops: 20,
      softirqShare: 0.8,
    });
    host.close();
  });

  it('counts what goes back as 0', () => {
    const host = openHostSigns({ interfaces: ['eth0'], root });
    host.read(0);
    netstat(3, 0);
    cards(0, 0);
    write('proc/stat', 'cpu0 0 0 0 150 0 0 50 0\n');
    expect(host.read(1e9)).toEqual({ listenOverflows: 0, synCookiesSent: 0, cardDrops: 0, softirqShare: 0 });
    host.close();
  });

  it('tells nothing where there is nothing to read', () => {
    const host = openHostSigns({ interfaces: [], root: join(root, 'nowhere') });
    expect([host.read(0), host.read(1e9), host.read(2e9)]).toEqual([undefined, undefined, undefined]);
    host.close();
  });
});
