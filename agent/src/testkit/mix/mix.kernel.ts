import { afterEach, describe, expect, test } from 'vitest';
import { cidrContains, parseAddress, parseCidr } from '@tidegate/schemas';
import { destinationOf, parsePacket, sourceOf } from '../../engine/packet/index.ts';
import { mapInfo } from '../../kernel/bpf-map.ts';
import { loadObject, objectPath } from '../../kernel/bpf-object.ts';
import { readBtf } from '../btf.ts';
import { openMixEmitter, type MixEmitter } from './emitter.ts';
import { addressList, type MixPlan } from './encode.ts';
import { serverMix } from './kinds.ts';
import { kindsMax, mixDraws, mixFlag, mixStructs, startBytes } from './layout.ts';

const destinationMac = '02:00:00:00:00:09';
const targetTexts = ['203.0.113.7', '203.0.113.8', '203.0.113.9', '2001:db8:113::7', '2001:db8:113::8'];
const plan: MixPlan = { kinds: serverMix, targets: addressList(targetTexts) };
const opened: MixEmitter[] = [];
const open = (seed: string, changes: Partial<MixPlan> = {}): MixEmitter => {
  const emitter = openMixEmitter({ plan: { ...plan, ...changes }, destinationMac, seed });
  opened.push(emitter);
  return emitter;
};
afterEach(() => {
  for (const emitter of opened.splice(0)) emitter.close();
});

const hex = (frame: Uint8Array): string => Buffer.from(frame).toString('hex');
const draws = (emitter: MixEmitter, count: number): Uint8Array[] =>
  Array.from({ length: count }, () => emitter.draw());

/** Frames together with the name of their kind. */
function namedDraws(emitter: MixEmitter, count: number): { name: string; frame: Uint8Array }[] {
  let before = emitter.sent();
  return Array.from({ length: count }, () => {
    const frame = emitter.draw();
    const now = emitter.sent();
    const name = Object.keys(now).find((kind) => now[kind]!.packets !== before[kind]!.packets)!;
    before = now;
    return { name, frame };
  });
}

describe('the kernel program and TypeScript agree, by the BTF of the built object', () => {
  const btf = readBtf(objectPath('mix'));

  test.each(Object.entries(mixStructs))('%s', (name, layout) => {
    expect(btf.structs.get(name)).toMatchObject({ size: layout.size });
    expect(btf.structs.get(name)?.fields).toEqual(layout.fields);
  });

  test('sizes and flags', () => {
    expect(btf.structs.get('tg_mix_kind')?.lengths['start']).toBe(startBytes);
    expect(btf.structs.get('tg_mix_task')?.lengths['draws']).toBe(mixDraws);
    expect(btf.enums.get('tg_mix_flag')).toEqual({
      TG_MIX_IPV6: mixFlag.ipv6,
      TG_MIX_PORTS: mixFlag.ports,
      TG_MIX_UDP: mixFlag.udp,
      TG_MIX_AS_IT_IS: mixFlag.asItIs,
    });
    const object = loadObject('mix');
    expect(mapInfo(object.mapFd('kinds')).maxEntries).toBe(kindsMax);
    object.close();
  });
});

test('the same seed draws the same packets, another seed others', () => {
  const emitter = open('1');
  const first = draws(emitter, 300).map(hex);
  emitter.rewind();
  expect(draws(emitter, 300).map(hex)).toEqual(first);
  expect(draws(open('1'), 300).map(hex)).toEqual(first);
  expect(draws(open('2'), 300).map(hex)).not.toEqual(first);
});

test('every kind comes as often as its weight says, and is counted exactly', () => {
  const emitter = open('1');
  const count = 50_000;
  const frames = draws(emitter, count);
  const sent = emitter.sent();
  for (const { name, weight } of serverMix) {
    const share = weight / mixDraws;
    const spread = Math.sqrt(count * share * (1 - share));
    expect(Math.abs(sent[name]!.packets - count * share), name).toBeLessThan(5 * spread);
  }
  const totals = Object.values(sent);
  expect(totals.reduce((sum, { packets }) => sum + packets, 0)).toBe(count);
  expect(totals.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(
    frames.reduce((sum, { length }) => sum + length, 0),
  );
});

describe('each packet', () => {
  const kinds = new Map(serverMix.map((kind) => [kind.name, kind]));
  const seen = namedDraws(open('3'), 20_000);
  const sound = seen.flatMap(({ name, frame }) => {
    const kind = kinds.get(name)!;
    if (kind.asItIs === true) return [];
    const ethernetBytes = 14 + (kind.vlans ?? []).length * 4;
    const bytes = frame.subarray(ethernetBytes);
    return [{ kind, frame, bytes, packet: parsePacket(bytes)! }];
  });

  test('is as long as its kind says', () => {
    for (const { name, frame } of seen) {
      const [from, to] = kinds.get(name)!.frameBytes;
      expect(frame.length, name).toBeGreaterThanOrEqual(from);
      expect(frame.length, name).toBeLessThanOrEqual(to);
    }
  });

  test('says its length and has its ports', () => {
    for (const { kind, bytes, packet } of sound) {
      expect(packet.length, kind.name).toBe(bytes.length);
      if (kind.ports === undefined) continue;
      const { at, isUdp, source, destination } = kind.ports;
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      if (isUdp) expect(view.getUint16(at + 4), kind.name).toBe(bytes.length - at);
      for (const [port, [from, to]] of [
        [view.getUint16(at), source],
        [view.getUint16(at + 2), destination],
      ] as const) {
        expect(port, kind.name).toBeGreaterThanOrEqual(from);
        expect(port, kind.name).toBeLessThanOrEqual(to);
      }
    }
  });

  test('goes to one of the targets, evenly', () => {
    const counts = new Map<string, number>();
    for (const { packet } of sound)
      counts.set(destinationOf(packet), (counts.get(destinationOf(packet)) ?? 0) + 1);
    expect([...counts.keys()].sort()).toEqual([...targetTexts].sort());
    const [a = 0, b = 0, c = 0] = targetTexts.slice(0, 3).map((target) => counts.get(target));
    for (const count of [a, b, c]) expect(Math.abs(count - (a + b + c) / 3)).toBeLessThan(5 * Math.sqrt(a));
  });

  test('comes from where its kind says', () => {
    const places = {
      clients: ['100.70.0.0/16', '2001:db8:51::/112'],
      reflectors: ['100.80.0.0/22', '2001:db8:53::/118'],
      spoofed: ['64.0.0.0/3', '2001:db8:8000::/33'],
    } as const;
    for (const { kind, packet } of sound) {
      const source = parseAddress(sourceOf(packet));
      const inside = places[kind.sources].some((cidr) => cidrContains(parseCidr(cidr), source));
      expect(inside, `${kind.name} from ${sourceOf(packet)}`).toBe(true);
    }
  });
});

test('sources of a list, all of them, and no other', () => {
  const list = ['192.0.2.1', '192.0.2.77', '198.51.100.3', '2001:db8::1', '2001:db8::2'];
  const seen = draws(open('4', { sources: addressList(list) }), 3000).flatMap((frame) => {
    const packet = frame[12] === 0x81 ? null : parsePacket(frame.subarray(14));
    return packet === null || sourceOf(packet) === '100.80.0.1' ? [] : [sourceOf(packet)];
  });
  for (const source of list) expect(seen).toContain(source);
});

test('a mix whose weights do not add up is refused', () => {
  expect(() => open('5', { kinds: serverMix.slice(1) })).toThrow(/weights/);
});
