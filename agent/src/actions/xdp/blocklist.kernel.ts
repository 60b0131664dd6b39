import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { XdpSource } from '../../capture/xdp/index.ts';
import { buildUdp } from '../../engine/packet/index.ts';
import { counter, type CounterName } from '../../engine/types.ts';
import { structs, type Datapath } from '../../kernel/xdp/index.ts';
import { createXdpBed } from '../../testkit/xdp.ts';
import { testRun, xdpVerdict } from '../../testkit/test-run.ts';
import { createBlocklist, type Blocklist } from './blocklist.ts';
import { createNeverBlock } from './never-block.ts';

const bed = createXdpBed('b');
const { drop, pass } = xdpVerdict;
let source: XdpSource;
let blocklist: Blocklist;

beforeEach(() => {
  source = bed.open({ looksPerSecondMax: 0, samplesPerSecondMax: 1 });
  blocklist = createBlocklist(source.datapath);
});
afterEach(() => {
  source.close({ keepRules: false });
});
afterAll(bed.remove);

const packetFrom = (address: string): Uint8Array => {
  const destination = address.includes(':') ? '2001:db8:113::9' : '203.0.113.9';
  return buildUdp({ source: address, destination, sourcePort: 4000, destinationPort: 9 });
};
const verdicts = (...addresses: string[]): number[] => bed.see(source, addresses.map(packetFrom));

const { fields } = structs.tg_config;
/** What the program is told of how many there are: single addresses, prefixes. */
const counts = (): number[] =>
  [fields.block_entries, fields.block_prefix_entries].map((at) => source.datapath.maps.config.u32[at >> 2]!);
const counted = (name: CounterName): number =>
  source.read().targets.find(({ target }) => target === '203.0.113.9')?.counts[counter[name]] ?? 0;

/** The datapath, with a look at it before and after each of the settings that are written. */
function watched(look: () => void): Datapath {
  const { maps } = source.datapath;
  const u32 = new Proxy(maps.config.u32, {
    set: (words, at, value: number) => {
      look();
      words[Number(at)] = value;
      look();
      return true;
    },
  });
  return { ...source.datapath, maps: { ...maps, config: { ...maps.config, u32 } } };
}

const minute = { ttlMs: 60_000, verdict: 'drop' } as const;
const hour = { ttlMs: 3_600_000, verdict: 'drop' } as const;

/** Lets the time of a block run out by the kernel's clock, of which the program sees every timer tick. */
async function untilEnded(ttlMs: number): Promise<void> {
  const end = process.hrtime.bigint() + BigInt(ttlMs + 20) * 1_000_000n;
  while (process.hrtime.bigint() < end) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('the list of the policy', () => {
  test('drops addresses and prefixes of both families, counts them, and nothing beside them', () => {
    blocklist.set(['198.51.100.7/32', '192.0.2.0/25', '2001:db8:bad::/48', '2001:db8:9::1/128']);
    expect(verdicts('198.51.100.7', '192.0.2.127', '2001:db8:bad::5', '2001:db8:9::1')).toEqual(
      Array(4).fill(drop),
    );
    expect(verdicts('198.51.100.8', '192.0.2.128', '2001:db8:bae::5', '2001:db8:9::2')).toEqual(
      Array(4).fill(pass),
    );
    expect(counts()).toEqual([2, 2]);
    const { counts: row } = source.read().targets.find(({ target }) => target === '203.0.113.9')!;
    expect([row[counter.blockedPackets], row[counter.droppedPackets], row[counter.packets]]).toEqual([
      2, 2, 4,
    ]);
  });

  test('is replaced as a whole, and an empty one costs the program no look-up', () => {
    blocklist.set(['198.51.100.7/32', '198.51.100.8/32', '192.0.2.0/25']);
    blocklist.set(['198.51.100.8/32', '2001:db8:bad::/48']);
    expect(verdicts('198.51.100.7', '198.51.100.8', '192.0.2.1', '2001:db8:bad::1')).toEqual([
      pass,
      drop,
      pass,
      drop,
    ]);
    expect(counts()).toEqual([1, 1]);
    blocklist.set([]);
    expect(verdicts('198.51.100.8', '2001:db8:bad::1')).toEqual([pass, pass]);
    expect(counts()).toEqual([0, 0]);
  });

  test('leaves no gap for a source that stays, alone, in a prefix, or in another one than before', () => {
    const steady = ['198.51.100.7/32', '192.0.2.0/25'];
    const frames = ['198.51.100.7', '192.0.2.9', '192.0.2.200'].map((address) =>
      bed.pair.frame(packetFrom(address)),
    );
    const passed: number[] = [];
    let looks = 0;
    const list = createBlocklist(
      watched(() => {
        looks++;
        for (const [index, frame] of frames.entries())
          if (testRun(source.datapath.programFd, frame).verdict !== drop) passed.push(index);
      }),
    );
    list.set([...steady, '192.0.2.200/32']);
    [looks, passed.length] = [0, 0];
    list.set([...steady, '192.0.2.192/26']);
    list.set([...steady, '192.0.2.200/32', '10.0.0.0/8', '10.0.0.1/32']);
    list.set([...steady, '192.0.2.128/25']);
    expect(looks).toBeGreaterThan(10);
    expect(passed).toEqual([]);
    expect(verdicts('192.0.2.200')).toEqual([drop]);
  });

  test('an IPv6 prefix that starts with zeros takes in no IPv4 source', () => {
    blocklist.set(['::/16']);
    expect(verdicts('198.51.100.7', '::2')).toEqual([pass, drop]);
    const again = createBlocklist(source.datapath);
    again.set(['::/16', '192.0.2.0/24']);
    expect(verdicts('198.51.100.7', '192.0.2.1', '::2')).toEqual([pass, drop, drop]);
  });

  test('refuses what does not fit and what is everything, and has then changed nothing', () => {
    blocklist.set(['198.51.100.7/32']);
    const many = Array.from({ length: 16_385 }, (_, index) => `10.${index >> 8}.${index & 255}.0/24`);
    expect(() => {
      blocklist.set(many);
    }).toThrow(expect.objectContaining({ code: 'TG2003' }));
    const hosts = Array.from({ length: 65_537 }, (_, n) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}/32`);
    expect(() => {
      blocklist.set(hosts);
    }).toThrow(expect.objectContaining({ code: 'TG2003' }));
    for (const everything of ['0.0.0.0/0', '::/0']) {
      expect(() => {
        blocklist.set(['192.0.2.1/32', everything]);
      }).toThrow(expect.objectContaining({ code: 'TG2002' }));
      expect(() => {
        blocklist.add(everything, minute);
      }).toThrow(expect.objectContaining({ code: 'TG2002' }));
    }
    expect(counts()).toEqual([1, 0]);
    expect(verdicts('198.51.100.7', '10.0.0.1', '192.0.2.1')).toEqual([drop, pass, pass]);
  });
});

describe('exempt', () => {
  test('are safelisted sources', () => {
    source.datapath.setPolicy({ ...bed.options, safelist: ['198.51.100.8/32'] });
    blocklist.set(['198.51.100.0/24']);
    blocklist.add('192.0.2.1/32', minute);
    expect(verdicts('198.51.100.7', '198.51.100.8', '192.0.2.1')).toEqual([drop, pass, drop]);
    source.datapath.setPolicy({ ...bed.options, safelist: ['198.51.100.8/32', '192.0.2.0/24'] });
    expect(verdicts('192.0.2.1')).toEqual([pass]);
  });

  test('are flows of the never-block set, within their rate', () => {
    blocklist.set(['198.51.100.0/24', '2001:db8:bad::/48']);
    const flow = { protocol: 17, destinationPorts: [{ from: 9, to: 9 }] };
    createNeverBlock(source.datapath).set([
      { name: 'one', match: { ...flow, destination: '0.0.0.0/0', source: '198.51.100.7/32' } },
      { name: 'other', match: { ...flow, destination: '::/0', source: '2001:db8:bad:7::/64' } },
    ]);
    expect(verdicts('198.51.100.7', '198.51.100.8')).toEqual([pass, drop]);
    expect(verdicts('2001:db8:bad:7::1', '2001:db8:bad:8::1')).toEqual([pass, drop]);
  });
});

test('in observe mode everything is counted and nothing dropped', () => {
  source.datapath.setSwitch('observe', true);
  blocklist.set(['198.51.100.7/32']);
  blocklist.add('192.0.2.0/24', minute);
  expect(verdicts('198.51.100.7', '192.0.2.1', '198.51.100.8')).toEqual([pass, pass, pass]);
  const { counts: row } = source.read().targets[0]!;
  expect(
    (['blockedPackets', 'wouldDropPackets', 'droppedPackets'] as const).map((name) => row[counter[name]]),
  ).toEqual([2, 2, 0]);
});

describe('a temporary block', () => {
  test('ends by the kernel’s clock, is swept with the next one, and can be ended before', async () => {
    blocklist.add('198.51.100.7/32', { ttlMs: 1000, verdict: 'drop' });
    blocklist.add('192.0.2.0/24', minute);
    expect(verdicts('198.51.100.7', '192.0.2.1')).toEqual([drop, drop]);
    await untilEnded(1000);
    expect(verdicts('198.51.100.7', '192.0.2.1')).toEqual([pass, drop]);
    expect(blocklist.list().map(({ source: text }) => text)).toEqual(['192.0.2.0/24']);
    expect(counts()).toEqual([1, 1]);
    blocklist.add('2001:db8:bad::/48', minute);
    expect(counts()).toEqual([0, 2]);
    expect(blocklist.remove('192.0.2.0/24')).toBe(true);
    expect(blocklist.remove('192.0.2.0/24')).toBe(false);
    expect(verdicts('192.0.2.1')).toEqual([pass]);
    expect(counts()).toEqual([0, 1]);
  });

  test('may only count, and is renewed in place', () => {
    blocklist.add('198.51.100.7/32', { ttlMs: 60_000, verdict: 'count' });
    expect(verdicts('198.51.100.7')).toEqual([pass]);
    expect(counted('blockedPackets')).toBe(1);
    blocklist.add('198.51.100.7/32', hour);
    expect(verdicts('198.51.100.7')).toEqual([drop]);
    const [entry] = blocklist.list();
    expect(entry).toMatchObject({ source: '198.51.100.7/32', verdict: 'drop' });
    expect(entry!.expiresInMs).toBeGreaterThan(3_500_000);
    expect(counts()).toEqual([1, 0]);
  });

  test('stays while the policy’s list changes, and never ends what the policy says', () => {
    blocklist.set(['198.51.100.7/32']);
    blocklist.add('198.51.100.7/32', { ttlMs: 60_000, verdict: 'count' });
    blocklist.add('192.0.2.1/32', minute);
    expect(blocklist.remove('198.51.100.7/32')).toBe(false);
    expect(blocklist.list().map(({ source: text }) => text)).toEqual(['192.0.2.1/32']);
    blocklist.set([]);
    expect(verdicts('198.51.100.7', '192.0.2.1')).toEqual([pass, drop]);
  });

  test('inside a prefix never lets through what the prefix drops', async () => {
    blocklist.set(['198.51.100.0/24']);
    blocklist.add('198.51.100.7/32', { ttlMs: 60_000, verdict: 'count' });
    blocklist.add('198.51.100.128/25', { ttlMs: 50, verdict: 'drop' });
    blocklist.add('192.0.2.128/25', { ttlMs: 50, verdict: 'drop' });
    blocklist.add('192.0.2.7/32', { ttlMs: 60_000, verdict: 'count' });
    blocklist.add('192.0.2.0/24', minute);
    blocklist.add('10.0.0.0/16', minute);
    blocklist.add('10.0.0.0/24', hour);
    blocklist.set(['198.51.100.0/24', '10.0.0.0/8']);
    await untilEnded(50);
    expect(verdicts('198.51.100.7', '198.51.100.200', '192.0.2.7', '192.0.2.200', '10.0.0.1')).toEqual(
      Array(5).fill(drop),
    );
    expect(counts()).toEqual([0, 3]);
  });

  test('that outlives the prefix around it goes on alone', async () => {
    blocklist.add('192.0.2.0/24', { ttlMs: 50, verdict: 'drop' });
    blocklist.add('192.0.2.0/25', minute);
    await untilEnded(50);
    expect(verdicts('192.0.2.1', '192.0.2.200')).toEqual([drop, pass]);
  });

  test('is refused where the table is full, until something ended', async () => {
    const filler = { ...hour, verdict: 'count' } as const;
    for (let index = 0; index < 16_384; index++)
      blocklist.add(`10.${index >> 8}.${index & 255}.0/24`, index === 0 ? { ...filler, ttlMs: 1 } : filler);
    // The first one has ended: the table is full with the next.
    await untilEnded(1);
    blocklist.add('192.0.2.0/24', hour);
    expect(() => {
      blocklist.add('198.51.100.0/24', hour);
    }).toThrow(expect.objectContaining({ code: 'TG2003' }));
    blocklist.add('10.0.1.0/24', hour);
    expect(verdicts('10.0.0.1', '10.0.1.1', '192.0.2.1', '198.51.100.1')).toEqual([pass, drop, drop, pass]);
    expect(counts()).toEqual([0, 16_384]);
  });
});

test('what an earlier process blocked is adopted, and its policy replaced', () => {
  blocklist.set(['198.51.100.7/32', '192.0.2.0/24', '2001:db8:bad::/48']);
  blocklist.add('198.51.100.8/32', minute);
  blocklist.add('2001:db8:9::/48', hour);
  source.close({ keepRules: true });
  source = bed.open({ looksPerSecondMax: 0, samplesPerSecondMax: 1 });
  const next = createBlocklist(source.datapath);
  expect(counts()).toEqual([2, 3]);
  expect(next.list().map(({ source: text }) => text)).toEqual(['198.51.100.8/32', '2001:db8:9::/48']);
  next.set(['192.0.2.0/24']);
  expect(verdicts('198.51.100.7', '198.51.100.8', '192.0.2.1', '2001:db8:bad::1', '2001:db8:9::1')).toEqual([
    pass,
    drop,
    drop,
    pass,
    drop,
  ]);
  expect(counts()).toEqual([1, 2]);
});
