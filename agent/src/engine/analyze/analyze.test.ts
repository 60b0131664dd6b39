import { check } from '@tidegate/schemas';
import { describe, expect, it } from 'vitest';
import { PcapngWriter, pcapFile } from '../capture-file/write.contract.ts';
import {
  buildDnsQuery,
  buildDnsResponse,
  buildTcp,
  buildUdp,
  compileMatch,
  parsePacket,
} from '../packet/index.ts';
import { CaptureAnalysis } from './index.ts';
import { analyse, capturePackets, fileOf } from './scene.contract.ts';

const target = '203.0.113.10';
const flood = { seed: 'analyze', target, family: 'syn_flood', quietMs: 2000, attackMs: 1000 };

describe('a capture that begins before the attack', () => {
  const packets = capturePackets(flood);
  const report = analyse(fileOf(packets));

  it('is named, with target, onset and rates', () => {
    expect(report).toMatchObject({ schema: 'tidegate/analysis/v1', family: 'syn_flood', partial: null });
    expect(report.confidence).toBeGreaterThan(0.8);
    const [first] = report.targets;
    expect(first).toMatchObject({ target, family: 'syn_flood' });
    expect(Math.abs(first!.startedAtMs - 2000)).toBeLessThanOrEqual(20);
    expect(first!.packetsPerSecond).toBeGreaterThan(5000);
    expect(first!.usualPacketsPerSecond).toBeGreaterThan(1000);
    expect(report.vectors[0]).toMatchObject({ family: 'syn_flood', protocol: 6 });
    expect(report.frames).toBe(packets.length);
    expect(report.linkTypes).toEqual([{ name: 'RAW', frames: packets.length }]);
    expect(report.startedAt).toBe('2023-11-14T22:13:20.000Z');
  });

  it('each rule hits what it says it hits', () => {
    const received = packets.filter(({ direction }) => direction !== 'out');
    for (const { match, coverage, collateral, action } of report.rules) {
      const hits = compileMatch(match);
      const share = (label: string): number => {
        const of = received.filter((packet) => packet.label === label);
        return of.filter(({ bytes }) => hits(parsePacket(bytes)!)).length / of.length;
      };
      const during = received.filter(({ atNs }) => atNs >= 2e9);
      const hit = during.filter(({ bytes }) => hits(parsePacket(bytes)!)).length / during.length;
      expect(Math.abs(hit - coverage)).toBeLessThan(0.05);
      expect(share('attack')).toBeGreaterThan(0.95);
      if (action === 'drop') expect(share('legitimate')).toBeLessThanOrEqual((collateral ?? 0) + 0.01);
    }
    expect(report.suggested.nftables.length).toBeGreaterThan(0);
  });

  it('has the shape that is documented, and is the same every time', () => {
    expect(check('analysis', report)).toMatchObject({ ok: true });
    expect(analyse(fileOf(packets))).toEqual(report);
  });

  it('can be asked about one target only', () => {
    expect(analyse(fileOf(packets), { target }).targets.map((one) => one.target)).toEqual([target]);
    expect(analyse(fileOf(packets), { target: '203.0.113.0/24' }).targets[0]?.target).toBe('203.0.113.0/24');
    expect(analyse(fileOf(packets), { target: '192.0.2.77' })).toMatchObject({
      family: 'none',
      targets: [],
      reasons: ['nothing was sent to 192.0.2.77'],
    });
    expect(() => new CaptureAnalysis({ target: '203.0.0.0/16' })).toThrow(
      'only an address, an IPv4 /24 or an IPv6 /48',
    );
  });

  it('cut off, it is told from what is there, and says so', () => {
    const file = fileOf(packets);
    const cut = analyse(file.subarray(0, file.length - 7));
    expect(cut).toMatchObject({
      family: 'syn_flood',
      partial: { reason: 'the file ends in the middle of a record' },
    });
    expect(check('analysis', cut)).toMatchObject({ ok: true });
  });
});

describe('what is no attack', () => {
  it('is not named: a server among its clients, in both directions', () => {
    const report = analyse(fileOf(capturePackets({ ...flood, family: null, packetsPerSecond: 3000 })));
    expect(report).toMatchObject({ family: 'none', confidence: 0, vectors: [], indicators: [], rules: [] });
    expect(report.targets.length).toBeGreaterThan(0);
    expect(report.suggested).toEqual({ flowspec: [], nftables: [] });
    expect(check('analysis', report)).toMatchObject({ ok: true });
  });

  it('a resolver that gets the answers it asked for', () => {
    const resolver = '203.0.113.53';
    const frames = Array.from({ length: 3000 }, (_, index) => {
      const server = `198.51.${index % 20}.${index % 250}`;
      const name = 'example.com';
      const ask = {
        source: resolver,
        destination: server,
        sourcePort: 5000 + (index % 999),
        destinationPort: 53,
      };
      const answer = {
        source: server,
        destination: resolver,
        sourcePort: 53,
        destinationPort: 5000 + (index % 999),
      };
      const atNs = BigInt(index) * 300_000n;
      return [
        { atNs, bytes: buildUdp({ ...ask, payload: buildDnsQuery({ id: index, name }) }) },
        {
          atNs: atNs + 1000n,
          bytes: buildUdp({ ...answer, payload: buildDnsResponse({ id: index, name, lengthBytes: 900 }) }),
        },
      ];
    }).flat();
    const asked = analyse(pcapFile(frames, { linkType: 101 }));
    expect(asked.targets[0]).toMatchObject({ family: 'none' });
    const unasked = analyse(
      pcapFile(
        frames.filter((_, index) => index % 2 === 1),
        { linkType: 101 },
      ),
    );
    expect(unasked.family).toBe('dns_amplification');
    expect(unasked.indicators.filter(({ type }) => type === 'reflector').length).toBeGreaterThan(50);
    expect(unasked.sourcesSpoofedLikely).toBe(false);
  });

  it('nothing at all, and frames that cannot be read', () => {
    expect(analyse(pcapFile([]))).toMatchObject({ family: 'none', frames: 0, startedAt: null, targets: [] });
    const wireless = analyse(pcapFile([{ atNs: 1n, bytes: new Uint8Array(60) }], { linkType: 105 }));
    expect(wireless).toMatchObject({ family: 'none', packets: 0, skipped: { unknownLink: 1 } });
    expect(wireless.reasons).toContain('1 of 1 frames are of a link type that cannot be read (IEEE802_11)');
    expect(check('analysis', wireless)).toMatchObject({ ok: true });
  });
});

it('frames that were thinned out count for as many as they stand for', () => {
  const comment = (text: string) => [{ code: 1, value: new TextEncoder().encode(text) }];
  const bytes = buildTcp({
    source: '192.0.2.1',
    destination: target,
    sourcePort: 1,
    destinationPort: 80,
    flags: 2,
  });
  const file = new PcapngWriter()
    .section(comment('incident: inc-0123456789abcdef'))
    .interface(101)
    .packet(0, 1n, bytes)
    .packet(0, 2n, bytes, comment('from here on 1 in 64 packets'))
    .packet(0, 3n, bytes)
    .packet(0, 4n, bytes, comment('from here on every packet')).bytes;
  const report = analyse(file);
  expect(report).toMatchObject({ frames: 4, packets: 130, bytes: 130 * 40 });
  expect(report.comments[0]).toBe('incident: inc-0123456789abcdef');
});

it('an attack on a whole network is one target', () => {
  const report = analyse(fileOf(capturePackets({ ...flood, family: 'carpet_bombing' })));
  expect(report).toMatchObject({ family: 'carpet_bombing' });
  expect(report.targets[0]?.target).toBe('203.0.113.0/24');
  for (const { match } of report.rules) expect(match.destination).toMatch(/^203\.0\.113\.\d+\/\d+$/);
});
