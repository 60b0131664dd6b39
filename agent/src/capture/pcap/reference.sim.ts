/**
 * What is read in user space, by the engine and by the libpcap source, against the independent reading that the kernel
 * program is held against too: so all three count, and hit, the same.
 */
import { expect, test } from 'vitest';
import { SeededRandom } from '../../engine/generator/random.ts';
import { compileMatch, countPacket as countParsed, parsePacket } from '../../engine/packet/index.ts';
import { counter, counterNames } from '../../engine/types.ts';
import { makeFrame } from '../../testkit/fuzz/frames.ts';
import { mutate } from '../../testkit/fuzz/mutate.ts';
import { rules } from '../../testkit/fuzz/scene.ts';
import { dissect } from '../../testkit/reference/frame.ts';
import { readMatch, type Packet } from '../../testkit/reference/rules.ts';
import { tally } from '../../testkit/reference/tally.ts';
import { countPacket } from './count.ts';
import { ipOffset } from './link.ts';
import { rowCounters } from './memory.ts';
import { PacketReader } from './packet.ts';

const frames = process.env['TIDEGATE_TEST_FULL'] === '1' ? 100_000 : 20_000;
const seed = '20261125';
const closed = { gre: false, ip: false };
const matchers = rules.map(({ id, match }) => ({ id, ours: compileMatch(match), theirs: readMatch(match) }));

const named = (row: Float64Array): Record<string, number> =>
  Object.fromEntries(
    counterNames.filter((name) => row[counter[name]] !== 0).map((name) => [name, row[counter[name]]!]),
  );

/** Frames with an IP packet. */
function* packets(): Generator<{ frame: Uint8Array; at: number; packet: Packet; hex: string }> {
  const random = new SeededRandom(seed);
  const make = (): Uint8Array => makeFrame(random);
  for (let number = 0; number < frames; number++) {
    const frame = mutate(make(), random, make);
    const at = ipOffset('ETHERNET', frame, frame.length);
    const { packet } = dissect(frame, closed);
    if (packet !== null) yield { frame, at, packet, hex: Buffer.from(frame).toString('hex') };
  }
}

test('the libpcap source counts what the reference counts', () => {
  const reader = new PacketReader();
  let compared = 0;
  for (const { frame, at, packet, hex } of packets()) {
    const row = new Float64Array(rowCounters);
    expect(reader.read(frame, at, frame.length, frame.length), hex).toBe(true);
    countPacket(row, 0, reader);
    expect(named(row), hex).toEqual(tally(packet));
    compared++;
  }
  expect(compared).toBeGreaterThan(frames / 2);
});

test('the engine counts, and its rules hit, what those of the reference do', () => {
  let compared = 0;
  for (const { frame, at, packet, hex } of packets()) {
    const arrived = frame.subarray(at);
    const parsed = parsePacket(arrived);
    // Where an IPv4 header's lengths contradict each other the engine reads nothing.
    if (parsed === null) {
      expect(dissect(frame, closed).malformed.has('ipv4Length'), hex).toBe(true);
      continue;
    }
    const row = new Float64Array(counterNames.length);
    countParsed(row, parsed, packet.length);
    expect(named(row), hex).toEqual(tally(packet));
    const hits = matchers.filter(({ ours }) => ours(parsed, packet.length)).map(({ id }) => id);
    expect(hits, hex).toEqual(matchers.filter(({ theirs }) => theirs(packet)).map(({ id }) => id));
    compared++;
  }
  expect(compared).toBeGreaterThan(frames / 2);
});
