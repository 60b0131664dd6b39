import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeFile } from './decode.contract.ts';
import { createFakeRing, type FakeRecord, type FakeRing } from './fake-ring.contract.ts';
import { createForensics, type CaptureRequest, type ForensicOptions, type Forensics } from './index.ts';
import { forensicRecord } from './record.ts';

const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };
/** A machine that has been up for 200 days: its nanoseconds do not fit into a number exactly. */
const nowNs = 200n * 86_400_000_000_000n;
const wallMs = Date.parse('2026-11-03T10:15:30.500Z');
const clock = { monotonicNs: () => Number(nowNs), wallMs: () => wallMs };
const wallNs = (atNs: bigint): bigint => atNs - nowNs + BigInt(wallMs) * 1_000_000n;
const second = 1_000_000_000n;

let folder: string;
let opened: Forensics[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidegate-forensic-'));
});
afterEach(async () => {
  await Promise.all(opened.map((forensics) => forensics.close()));
  opened = [];
  rmSync(folder, { recursive: true });
});

function open(ring: FakeRing, changes: Partial<ForensicOptions> = {}): Forensics {
  const interfaceName = (index: number): string | null => (index === 3 ? 'eth0' : null);
  const forensics = createForensics({ ring, folder, host: 'web-1', interfaceName, clock, log, ...changes });
  opened.push(forensics);
  return forensics;
}
const request = (changes: Partial<CaptureRequest> = {}): CaptureRequest => ({
  incident: 'inc-1',
  family: 'syn_flood',
  target: '203.0.113.10',
  policyDigest: 'sha256:ab',
  detectedNs: Number(nowNs - second),
  ...changes,
});
const frame = (bytes: number): Uint8Array => Uint8Array.from({ length: bytes }, (_, index) => index);
function filled(records: readonly FakeRecord[], size = Math.max(1, records.length)): FakeRing {
  const ring = createFakeRing(size);
  for (const record of records) ring.write(record);
  return ring;
}

describe('a capture', () => {
  test('is in the order of time, to the nanosecond, and says what it is', async () => {
    const times = [4n, 3n, 2n, 1n].map((ago) => nowNs - ago * second - 1n);
    const ring = filled([
      { atNs: times[1]!, frame: frame(60) },
      { atNs: times[0]!, frame: frame(1514), interface: 9 },
      { atNs: times[3]!, frame: frame(99), rateShift: 4 },
      { atNs: times[2]!, frame: frame(61), rateShift: 4 },
    ]);
    const capture = await open(ring).capture(request({ detectedNs: Number(times[3]! - 64n) }));
    expect(capture).toMatchObject({
      file: join(folder, 'inc-1-syn_flood-20261103T101529Z.pcapng'),
      packets: 4,
      firstNs: Number(times[0]!),
      lastNs: Number(times[3]!),
      skipped: { empty: 0, torn: 0, tooOld: 0, fromTheFuture: 0 },
    });
    const bytes = readFileSync(capture.file);
    expect(bytes.length).toBe(capture.bytes);
    const { comment, interfaces, packets } = decodeFile(bytes);
    expect(comment.split('\n').slice(0, 5)).toEqual([
      'incident: inc-1',
      'family: syn_flood',
      'target: 203.0.113.10',
      'policy: sha256:ab',
      'host: web-1',
    ]);
    expect(interfaces).toEqual(['eth0', 'interface 9']);
    expect(packets.map(({ atNs }) => atNs)).toEqual(times.map(wallNs));
    expect(packets.map(({ interfaceId }) => interfaceId)).toEqual([1, 0, 0, 0]);
    expect(packets.map(({ originalBytes }) => originalBytes)).toEqual([1514, 60, 61, 99]);
    expect(packets.map(({ data }) => data)).toEqual([128, 60, 61, 99].map(frame));
    expect(packets.map(({ comments }) => comments)).toEqual([
      [],
      [],
      ['from here on 1 in 16 packets'],
      ['detected here'],
    ]);
  });

  test('holds the last packets of a ring that wrapped, more than are worked on at once', async () => {
    const records = Array.from({ length: 7_000 }, (_, index) => ({
      atNs: nowNs - second + BigInt(index),
      frame: frame(64),
    }));
    const capture = await open(filled(records, 3_000)).capture(request());
    const { packets } = decodeFile(readFileSync(capture.file));
    expect(packets.map(({ atNs }) => atNs)).toEqual(records.slice(-3_000).map(({ atNs }) => wallNs(atNs)));
  });

  test('has room for every comment there can be', async () => {
    const records = Array.from({ length: 6_000 }, (_, index) => ({
      atNs: nowNs - second + BigInt(index),
      frame: frame(128),
      rateShift: index % 2 === 0 ? 31 : 30,
    }));
    const { file } = await open(filled(records)).capture(request());
    const { packets } = decodeFile(readFileSync(file));
    expect(packets).toHaveLength(6_000);
    expect(packets.flatMap(({ comments }) => comments)).toHaveLength(4_097);
  });
});

test('whatever lies in the ring, the file holds what can be believed and counts the rest', async () => {
  const { size, fields } = forensicRecord;
  const valid = fc.record({
    ago: fc.bigInt({ min: 0n, max: 500n * second }),
    bytes: fc.integer({ min: 14, max: 2_000 }),
    interface: fc.integer({ min: 1, max: 65_535 }),
    rateShift: fc.integer({ min: 0, max: 31 }),
  });
  const damaged = fc.uint8Array({ minLength: size, maxLength: size }).map((bytes) => {
    bytes[fields.captured] = 129 + (bytes[fields.captured]! % 127);
    bytes[0] = 1;
    return bytes;
  });
  const slots = fc.array(fc.oneof(valid, damaged, fc.constant(null)), { minLength: 1, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(slots, async (contents) => {
      const ring = createFakeRing(contents.length);
      const whole: (FakeRecord & { readonly interface: number })[] = [];
      for (const slot of contents) {
        if (slot === null) ring.damage(new Uint8Array(size));
        else if (slot instanceof Uint8Array) ring.damage(slot);
        else {
          whole.push({ ...slot, atNs: nowNs - slot.ago, frame: frame(slot.bytes) });
          ring.write(whole.at(-1)!);
        }
      }
      const capturing = open(ring).capture(request());
      if (whole.length === 0) {
        await expect(capturing).rejects.toMatchObject({ code: 'TG2014' });
        return;
      }
      const { file, skipped } = await capturing;
      const { packets, interfaces } = decodeFile(readFileSync(file));
      whole.sort((a, b) => Number(a.atNs - b.atNs));
      expect(packets.map(({ atNs, originalBytes }) => [atNs, originalBytes])).toEqual(
        whole.map(({ atNs, frame: { length } }) => [wallNs(atNs), length]),
      );
      expect(packets.map(({ interfaceId }) => interfaces[interfaceId])).toEqual(
        whole.map(({ interface: index }) => (index === 3 ? 'eth0' : `interface ${index}`)),
      );
      expect(skipped).toEqual({
        empty: contents.filter((slot) => slot === null).length,
        torn: contents.filter((slot) => slot instanceof Uint8Array).length,
        tooOld: 0,
        fromTheFuture: 0,
      });
    }),
    { numRuns: 60 },
  );
});

test('times outside the window are left out and counted', async () => {
  const ring = filled(
    [nowNs + 1_000n, nowNs - 11n * second, nowNs - 9n * second, 1n, 2n ** 64n - 1n].map((atNs) => ({
      atNs,
      frame: frame(60),
    })),
  );
  const { packets, skipped } = await open(ring, { windowMs: 10_000 }).capture(request());
  expect(packets).toBe(1);
  expect(skipped).toEqual({ empty: 0, torn: 0, tooOld: 2, fromTheFuture: 2 });
});

describe('requests', () => {
  const ring = (): FakeRing => filled([{ atNs: nowNs - second, frame: frame(60) }]);

  test('for the same incident give the same capture, during it and afterwards', async () => {
    const forensics = open(ring());
    const [first, second] = await Promise.all([forensics.capture(request()), forensics.capture(request())]);
    expect(second).toBe(first);
    expect(await forensics.capture(request())).toBe(first);
    expect(forensics.status()).toEqual({ saved: 1, failed: 0, removed: 0 });
  });

  test('beyond those that may wait are refused at once; the others are served', async () => {
    const forensics = open(ring(), { queuedMax: 2 });
    const all = [1, 2, 3, 4].map((id) => forensics.capture(request({ incident: `inc-${id}` })));
    const results = await Promise.allSettled(all);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected']);
    await expect(all[3]).rejects.toThrow('No forensic capture of inc-4: 2 captures wait already');
    expect(readdirSync(folder)).toHaveLength(3);
  });

  test('that failed say why, leave nothing, and may be made again', async () => {
    const empty = createFakeRing(1);
    const forensics = open(empty);
    await expect(forensics.capture(request())).rejects.toMatchObject({
      code: 'TG2014',
      message: expect.stringContaining('the ring holds no packet') as string,
    });
    expect(readdirSync(folder)).toEqual([]);
    empty.write({ atNs: nowNs - second, frame: frame(60) });
    expect((await forensics.capture(request())).packets).toBe(1);
    expect(forensics.status()).toEqual({ saved: 1, failed: 1, removed: 0 });
  });

  test('that wait when the agent stops fail; the one under way is finished', async () => {
    const forensics = open(ring());
    const under = forensics.capture(request());
    const waiting = forensics.capture(request({ incident: 'inc-2' }));
    const refused = expect(waiting).rejects.toThrow('the agent is stopping');
    await Promise.resolve();
    await forensics.close();
    expect((await under).packets).toBe(1);
    await refused;
  });
});

test('a ring that an earlier process left frozen goes on', () => {
  const ring = createFakeRing(1);
  ring.freeze();
  open(ring);
  expect(ring.frozen).toBe(false);
});
