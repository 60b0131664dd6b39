import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { check } from '@tidegate/schemas';
import type { Analysis } from '@tidegate/schemas';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { binPath, cli, testFolder, type TestFolder } from '../testkit/index.ts';

let folder: TestFolder;
beforeEach(() => {
  folder = testFolder();
});
afterEach(() => folder.remove());

const put = (name: string, bytes: Uint8Array): string => {
  const path = join(folder.path, name);
  writeFileSync(path, bytes);
  return path;
};

/** NTP answers of 468 bytes to 203.0.113.10 from 100 servers, 1,000 a second, as raw IP. */
function ntpFlood(packets = 2000): Buffer {
  const [header, length] = [Buffer.alloc(24), 468];
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt32LE(262_144, 16);
  header.writeUInt32LE(101, 20);
  const records = Array.from({ length: packets }, (_, index) => {
    const record = Buffer.alloc(16 + length);
    record.writeUInt32LE(1_700_000_000 + Math.floor(index / 1000), 0);
    record.writeUInt32LE((index % 1000) * 1000, 4);
    record.writeUInt32LE(length, 8);
    record.writeUInt32LE(length, 12);
    const ip = [0x45, 0, length >> 8, length & 0xff, 0, index & 0xff, 0, 0, 50 + (index % 9), 17, 0, 0];
    record.set([...ip, 198, 51, 100, 1 + (index % 100), 203, 0, 113, 10], 16);
    record.set([0, 123, 0x9c, 0x40, 0x01, 0xc0, 0, 0, 0xd7, 0, 3, 0x2a, 0, 6, 0, 72], 36);
    return record;
  });
  return Buffer.concat([header, ...records]);
}

describe('tidegate analyze', () => {
  it('says in JSON what is there: the last line of standard output', async () => {
    const { code, out, err, json } = await cli('analyze', put('ntp.pcap', ntpFlood()), '--format', 'json');
    expect([code, err, out.trimEnd().includes('\n')]).toEqual([0, '', false]);
    const analysis = json() as Analysis;
    expect(check('analysis', analysis)).toMatchObject({ ok: true });
    expect(analysis).toMatchObject({
      family: 'ntp_amplification',
      sourcesSpoofedLikely: false,
      frames: 2000,
    });
    expect(analysis.vectors[0]).toMatchObject({ protocol: 17, sourcePorts: [{ from: 123, to: 123 }] });
    expect(analysis.suggested.flowspec[0]).toContain("source-port '==123'");
  });

  it('says to a person first what it is, then what to paste', async () => {
    const { out } = await cli('analyze', put('ntp.pcap', ntpFlood()));
    expect(out).toMatch(/^ATTACK: ntp_amplification on 203\.0\.113\.10, confidence 0\.\d\d|1\.00/);
    expect(out.indexOf('nft -f')).toBeLessThan(out.indexOf('\nWhy\n'));
    expect(out).toContain('table inet tidegate_suggested {');
    expect(out).toContain('what else it hits is not known: the capture has no traffic from before');
  });

  it('unpacks gzip, also of several members, and says where a packed file breaks off', async () => {
    const file = ntpFlood();
    const members = Buffer.concat([gzipSync(file.subarray(0, 5000)), gzipSync(file.subarray(5000))]);
    const whole = await cli('analyze', put('ntp.pcap.gz', members), '--format', 'json');
    expect(whole.json()).toMatchObject({ family: 'ntp_amplification', frames: 2000, partial: null });

    const packed = gzipSync(file);
    const cut = await cli(
      'analyze',
      put('cut.gz', packed.subarray(0, packed.length - 900)),
      '--format',
      'json',
    );
    expect(cut.code).toBe(0);
    expect((cut.json() as Analysis).partial?.reason).toBe('the gzip data breaks off');
    expect((cut.json() as Analysis).frames).toBeGreaterThan(100);
    expect(cut.err).toMatch(/^partial: .*cut\.gz: /);

    packed.fill(0x55, packed.length - 900, packed.length - 700);
    const damaged = await cli('analyze', put('damaged.gz', packed), '--format', 'json');
    expect((damaged.json() as Analysis).partial?.reason).toMatch(/gzip data is damaged/);
    expect((damaged.json() as Analysis).frames).toBeGreaterThan(100);
  });

  it('reads standard input, packed or not', () => {
    for (const input of [ntpFlood(300), gzipSync(ntpFlood(300))]) {
      const run = spawnSync(process.execPath, [binPath, 'analyze', '-', '--format', 'json'], {
        input,
        encoding: 'utf8',
      });
      expect([run.status, run.stderr]).toEqual([0, '']);
      expect(JSON.parse(run.stdout)).toMatchObject({ family: 'ntp_amplification', frames: 300 });
    }
  });

  it('reports what lies before a damaged record, exit 0', async () => {
    const file = ntpFlood();
    file.writeUInt32LE(0xffff_ffff, 24 + 484 * 1500 + 8);
    const { code, err, json } = await cli('analyze', put('bad.pcap', file), '--format', 'json');
    expect(json()).toMatchObject({ frames: 1500, partial: { atByte: 726_024 } });
    expect([code, err]).toEqual([0, expect.stringContaining('at byte 726024\n')]);
  });

  it.each([
    ['what is no capture', 'x.pcap', Buffer.from('#!/bin/sh\necho hello, this is a script\n'), 'TG5006'],
    ['an empty file', 'empty.pcap', Buffer.alloc(0), 'TG5006'],
    ['gzip of nothing', 'empty.gz', gzipSync(''), 'TG5006'],
    ['another packer', 'x.zst', Buffer.from('28b52ffd00000000', 'hex'), 'TG5006'],
  ])('%s is one clear error, exit 2', async (_, name, bytes, code) => {
    const result = await cli('analyze', put(name, bytes), '--format', 'json');
    expect([result.code, result.out]).toEqual([2, '']);
    expect(result.err).toMatch(new RegExp(`^error ${code}: [^\\n]*${name}: [^\\n]+\\n  [^\\n]+\\n$`));
  });

  it('a file that is not there, a target that is none, a folder that is not there: exit 2', async () => {
    expect(await cli('analyze', join(folder.path, 'none.pcap'))).toMatchObject({
      code: 2,
      err: expect.stringContaining('TG5003') as string,
    });
    expect(await cli('analyze', folder.path)).toMatchObject({
      code: 2,
      err: expect.stringContaining('TG5003') as string,
    });
    const file = put('ntp.pcap', ntpFlood(50));
    expect(await cli('analyze', file, '--target', '203.0.113')).toMatchObject({
      code: 2,
      err: expect.stringContaining('TG1007') as string,
    });
    const nowhere = join(folder.path, 'no', 'page.html');
    expect(await cli('analyze', file, '--format', 'html', '--output', nowhere)).toMatchObject({
      code: 2,
      err: expect.stringContaining('TG5007') as string,
    });
  });

  it('a bomb of gzip is read to its end in bounded memory', async () => {
    const zeros = gzipSync(Buffer.alloc(32 * 1024 * 1024));
    const bomb = Buffer.concat([gzipSync(ntpFlood(100)), ...Array.from({ length: 4 }, () => zeros)]);
    const before = process.memoryUsage().rss;
    const { code, json } = await cli('analyze', put('bomb.gz', bomb), '--format', 'json');
    expect(code).toBe(0);
    expect((json() as Analysis).fileBytes).toBeGreaterThan(128 * 1024 * 1024);
    // What the two threads of a worker may hold; the bomb is larger.
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * 1024 * 1024);
  });
});

describe('the page', () => {
  const hostile = '<script>alert(1)</script>"\'&\u202e\u0007';
  function withComment(file: Buffer): Buffer {
    const pad = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
    const block = (type: number, body: Buffer): Buffer => {
      const bytes = Buffer.alloc(12 + body.length);
      bytes.writeUInt32LE(type, 0);
      bytes.writeUInt32LE(bytes.length, 4);
      bytes.set(body, 8);
      bytes.writeUInt32LE(bytes.length, bytes.length - 4);
      return bytes;
    };
    const text = Buffer.from(hostile);
    const option = Buffer.alloc(4);
    option.writeUInt16LE(1, 0);
    option.writeUInt16LE(text.length, 2);
    const section = Buffer.from('4d3c2b1a01000000ffffffffffffffff', 'hex');
    const blocks = [
      block(0x0a0d0d0a, Buffer.concat([section, option, pad(text), Buffer.alloc(4)])),
      block(1, Buffer.from('6500000000000000', 'hex')),
    ];
    for (let at = 24; at < file.length; at += 484) {
      const head = Buffer.alloc(20);
      head.writeUInt32LE(468, 12);
      head.writeUInt32LE(468, 16);
      blocks.push(block(6, Buffer.concat([head, file.subarray(at + 16, at + 484)])));
    }
    return Buffer.concat(blocks);
  }

  it('stands alone and runs nothing, whatever the capture says', async () => {
    const output = join(folder.path, 'page.html');
    const file = put('x.pcapng', withComment(ntpFlood(300)));
    expect(await cli('analyze', file, '--format', 'html', '--output', output)).toMatchObject({
      code: 0,
      out: '',
    });
    const page = readFileSync(output, 'utf8');
    expect(page).toMatch(/^<!doctype html>/i);
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;\u{fffd}\u{fffd}');
    expect(page).not.toMatch(/<script|<link|<img|<iframe|src=|href=|url\(|@import|https?:|\son[a-z]+=/i);
    expect(page).toContain("default-src 'none'");
    expect(page).toContain('prefers-color-scheme: dark');
    expect(page).toContain('<h1>ntp_amplification on 203.0.113.10</h1>');
    expect(page.match(/<svg/g)?.length).toBeGreaterThan(5);
  });

  it('in a terminal nothing of a comment is obeyed', async () => {
    const { out } = await cli('analyze', put('x.pcapng', withComment(ntpFlood(300))));
    expect(out).toContain('comment: <script>alert(1)</script>"\'&\u{fffd}\u{fffd}');
  });
});
