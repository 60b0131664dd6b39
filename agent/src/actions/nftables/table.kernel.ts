import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildIcmp, buildIp, buildUdp, ipProtocol } from '../../engine/packet/index.ts';
import { openNftables, type Nftables } from '../../kernel/libnftables.ts';
import {
  createPair,
  inNamespace,
  openFrameSender,
  openWatch,
  type Pair,
  type Watch,
} from '../../testkit/frames/index.ts';
import type { RuleRequest } from '../backend.ts';
import { openNftablesBackend, type NftablesBackend } from './index.ts';

const instance = `tg-${process.pid}-t`;
let pair: Pair;
let watch: Watch;
let stranger: Nftables;
let opened: NftablesBackend[] = [];

beforeEach(async () => {
  pair = createPair('t');
  stranger = inNamespace(pair.destination.namespace, openNftables);
  watch = await openWatch(pair);
});
afterEach(() => {
  for (const backend of opened) backend.close();
  opened = [];
  watch.close();
  stranger.close();
  pair.remove();
});

async function open(safelist: readonly string[] = []): Promise<NftablesBackend> {
  const backend = await inNamespace(pair.destination.namespace, () =>
    openNftablesBackend({ instance, safelist }),
  );
  opened.push(backend);
  return backend;
}

const rule = (digits: string, destination: string, changes: Partial<RuleRequest> = {}): RuleRequest => ({
  id: `mit-${digits.padStart(16, '0')}`,
  match: { destination },
  ttlMs: 60_000,
  verdict: 'drop',
  ...changes,
});
const drop4 = rule('4', '198.51.100.2/32');
const drop6 = rule('6', '2001:db8::2/128');
const udp = (source: string, payloadBytes = 0, ports = { sourcePort: 4000, destinationPort: 5000 }) =>
  buildUdp({
    source,
    destination: source.includes(':') ? pair.destination.ipv6 : pair.destination.ipv4,
    ...ports,
    payload: new Uint8Array(payloadBytes),
  });

describe('what is never dropped', () => {
  const icmp = (family: 'ipv4' | 'ipv6', type: number, ttl: number, code = 0) => {
    const packet = buildIcmp({
      source: pair.source[family],
      destination: pair.destination[family],
      type,
      ttl,
      body: new Uint8Array(28),
    });
    packet[(family === 'ipv4' ? 20 : 40) + 1] = code;
    return packet;
  };

  test('neighbour discovery from the link, Packet Too Big, fragmentation needed, DHCP', async () => {
    const backend = await open();
    await backend.apply(drop4);
    await backend.apply(drop6);
    const needed = [
      ...[133, 134, 135, 136].map((type) => icmp('ipv6', type, 255)),
      icmp('ipv6', 2, 64),
      icmp('ipv4', 3, 64, 4),
      udp(pair.source.ipv4, 0, { sourcePort: 67, destinationPort: 68 }),
      udp(pair.source.ipv6, 0, { sourcePort: 547, destinationPort: 546 }),
    ];
    expect(await watch.send(needed)).toBe(needed.length);
    const alike = [
      ...[133, 134, 135, 136].map((type) => icmp('ipv6', type, 254)),
      icmp('ipv6', 128, 255),
      icmp('ipv4', 3, 64, 3),
      icmp('ipv4', 8, 64, 4),
      udp(pair.source.ipv4, 0, { sourcePort: 547, destinationPort: 546 }),
      udp(pair.source.ipv6, 0, { sourcePort: 67, destinationPort: 68 }),
      udp(pair.source.ipv4, 0, { sourcePort: 67, destinationPort: 53 }),
    ];
    expect(await watch.send(alike)).toBe(0);
  });

  test('safelisted sources, also when the list changes below rules in force', async () => {
    const backend = await open(['203.0.113.0/24', '203.0.113.128/25', '2001:db8:5::/48']);
    await backend.apply(drop4);
    await backend.apply(drop6);
    const [friend4, friend6, other4, other6] = [
      '203.0.113.200',
      '2001:db8:5::1',
      '192.0.2.7',
      '2001:db8:6::1',
    ].map((source) => udp(source)) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    expect(await watch.send([friend4, friend6])).toBe(2);
    expect(await watch.send([other4, other6])).toBe(0);
    await backend.setSafelist(['192.0.2.7/32', '2001:db8:6::/48']);
    expect(await watch.send([friend4, friend6])).toBe(0);
    expect(await watch.send([other4, other6])).toBe(2);
    await backend.setSafelist([]);
    expect(await watch.send([other4, other6])).toBe(0);
    expect((await backend.readBack(drop4.id))?.packets).toBe(3n);
  });
});

describe('what a length is', () => {
  test.each(['ipv4', 'ipv6'] as const)(
    '%s: the bytes of the IP packet, padding of the frame left out',
    async (family) => {
      const header = family === 'ipv4' ? 20 : 40;
      const packet = udp(pair.source[family], 2);
      const lengths = (from: number, to: number): RuleRequest => ({
        ...(family === 'ipv4' ? drop4 : drop6),
        match: { ...(family === 'ipv4' ? drop4 : drop6).match, packetLengths: [{ from, to }] },
        verdict: 'count',
      });
      const backend = await open();
      await backend.apply(lengths(header + 10, header + 10));
      const sender = openFrameSender(pair.source.namespace, pair.interfaceName);
      sender.send(pair.frame(packet, { paddedTo: 128 }));
      sender.close();
      await watch.send([]);
      const id = family === 'ipv4' ? drop4.id : drop6.id;
      expect(await backend.readBack(id)).toMatchObject({ packets: 1n, bytes: BigInt(header + 10) });
    },
  );

  test('fragments are seen as they arrive, also where connection tracking puts them together', async () => {
    await stranger.run(`table inet tracker {
  chain in {
    type filter hook prerouting priority 0
    ct state new counter
  }
}`);
    const backend = await open();
    await backend.apply({ ...drop4, verdict: 'count' });
    const segment = udp(pair.source.ipv4, 1992).subarray(20);
    const part = (from: number, to: number) =>
      buildIp(
        {
          source: pair.source.ipv4,
          destination: pair.destination.ipv4,
          identification: 3,
          fragment: { offsetBytes: from, more: to < segment.length },
        },
        ipProtocol.udp,
        segment.subarray(from, to),
      );
    expect(await watch.send([part(0, 1000), part(1000, 2000)])).toBe(1);
    expect(await backend.readBack(drop4.id)).toMatchObject({ packets: 2n, bytes: 2040n });
  });

  test('IPv6 extension headers count, and ports are found behind them', async () => {
    const backend = await open();
    const behind = udp(pair.source.ipv6, 8).subarray(40);
    const hopByHop = Uint8Array.of(ipProtocol.udp, 0, 1, 4, 0, 0, 0, 0, ...behind);
    const packet = buildIp(
      { source: pair.source.ipv6, destination: pair.destination.ipv6 },
      ipProtocol.hopByHop,
      hopByHop,
    );
    const match = {
      destination: '2001:db8::2/128',
      protocol: 17,
      destinationPorts: [{ from: 5000, to: 5000 }],
      packetLengths: [{ from: 64, to: 64 }],
    };
    await backend.apply(rule('6', match.destination, { match }));
    expect(await watch.send([packet])).toBe(0);
    expect(await backend.readBack(drop6.id)).toMatchObject({ packets: 1n, bytes: 64n });
  });
});

test('renewing opens no gap: no packet gets through while a rule is renewed again and again', async () => {
  const backend = await open();
  await backend.apply(drop4);
  const sender = openFrameSender(pair.source.namespace, pair.interfaceName);
  const frame = pair.frame(udp(pair.source.ipv4));
  let sent = 0;
  for (let round = 0; round < 100; round++) {
    const running = { isDone: false };
    const renewed = backend.apply({ ...drop4, ttlMs: 60_000 + round }).then(() => {
      running.isDone = true;
    });
    // The transaction runs on another thread; this one sends while it does.
    while (!running.isDone) {
      for (let burst = 0; burst < 50; burst++) sender.send(frame);
      sent += 50;
      await new Promise(setImmediate);
    }
    await renewed;
  }
  sender.close();
  expect(await watch.send([])).toBe(0);
  expect(await backend.readBack(drop4.id)).toMatchObject({ packets: BigInt(sent) });
});

describe('other tables', () => {
  const neighbours = `
table ip nat {
  chain PREROUTING {
    type nat hook prerouting priority dstnat; policy accept;
    fib daddr type local counter jump DOCKER
  }
  chain POSTROUTING {
    type nat hook postrouting priority srcnat; policy accept;
    oifname != "docker0" ip saddr 172.17.0.0/16 counter masquerade
  }
  chain DOCKER {
    iifname "docker0" counter return
  }
}
table inet filter {
  set blocked { type ipv4_addr; flags interval, timeout; elements = { 192.0.2.0/24 timeout 1d }; }
  chain ufw-before-input {
    iifname "lo" counter accept
    ct state related,established counter accept
  }
  chain INPUT {
    type filter hook input priority filter; policy accept;
    ip saddr @blocked counter drop
    counter jump ufw-before-input
  }
}
table inet ${instance}x {
  chain mitigations {
    counter comment "mit-0000000000000001"
  }
}`;
  const theirs = `table inet ${instance} {\n  chain theirs {\n    counter\n  }\n}`;

  const everythingElse = async (): Promise<unknown[]> => {
    const { nftables } = JSON.parse(await stranger.run('list ruleset')) as {
      nftables: Record<string, { table?: string; name?: string } | undefined>[];
    };
    const isOurs = (entry: Record<string, { table?: string; name?: string } | undefined>): boolean =>
      Object.entries(entry).some(
        ([kind, value]) => (kind === 'table' ? value?.name : value?.table) === instance,
      );
    // Counters and clocks of living tables move on their own.
    const still = JSON.stringify(nftables.filter((entry) => !isOurs(entry))).replace(
      /"(packets|bytes|expires)": ?\d+/g,
      '"$1":0',
    );
    return JSON.parse(still) as unknown[];
  };

  test('stay as they are, byte for byte, whatever we do', async () => {
    await stranger.run(neighbours);
    const before = await everythingElse();
    expect(JSON.stringify(before)).toContain('DOCKER');
    const backend = await open(['203.0.113.0/24']);
    await backend.apply(drop4);
    await backend.apply(drop6);
    await backend.apply({ ...drop4, ttlMs: 90_000 });
    await backend.remove(drop6.id);
    await backend.list();
    expect(await everythingElse()).toEqual(before);
    expect(await backend.removeAll()).toBe(1);
    expect(await everythingElse()).toEqual(before);
    expect(await stranger.run('list tables')).not.toContain(`"${instance}"`);
  });

  test('of our name but not made by us are refused, and not touched', async () => {
    await stranger.run(theirs);
    await expect(open()).rejects.toMatchObject({
      code: 'TG2011',
      message: expect.stringContaining(instance) as string,
    });
    await stranger.run(`delete table inet ${instance}`);
    const backend = await open();
    await stranger.run(theirs);
    await expect(backend.apply(drop4)).rejects.toMatchObject({ code: 'TG2011' });
    expect(await backend.removeAll()).toBe(0);
    expect(await stranger.run(`list table inet ${instance}`)).toContain('theirs');
  });

  test('a firewall that flushes everything costs the rules, and the next apply brings them back', async () => {
    const backend = await open(['203.0.113.0/24']);
    await backend.apply(drop4);
    await stranger.run('flush ruleset');
    expect(await backend.readBack(drop4.id)).toBeNull();
    await backend.apply(drop4);
    expect(await backend.readBack(drop4.id)).not.toBeNull();
  });
});

describe('limits and refusals', () => {
  test('takes 64 rules and says so when there is one more; renewing goes on', async () => {
    const backend = await open();
    const rules = Array.from({ length: 64 }, (_, index) => rule(index.toString(16), '198.51.100.2/32'));
    await Promise.all(rules.map((request) => backend.apply(request)));
    await expect(backend.apply(rule('ff', '198.51.100.2/32'))).rejects.toMatchObject({
      code: 'TG2003',
      message: expect.stringContaining('64') as string,
    });
    await backend.apply({ ...rules[0]!, ttlMs: 120_000 });
    expect((await backend.readBack(rules[0]!.id))?.expiresInMs).toBeGreaterThan(60_000);
    expect(await backend.removeAll()).toBe(64);
  });

  test('nothing is made in the kernel before the first rule', async () => {
    const backend = await open(['203.0.113.0/24']);
    expect(await backend.list()).toEqual([]);
    expect(await stranger.run('list tables')).not.toContain(instance);
  });

  test('without CAP_NET_ADMIN it says so, and prints nothing of its own', () => {
    const built = new URL('../../../dist/actions/nftables/index.js', import.meta.url).href;
    const script = `import { openNftablesBackend } from '${built}';
      await openNftablesBackend({ instance: '${instance}', safelist: [] }).catch((error) => {
        console.log(error.code, error.message);
      });`;
    const unprivileged = ['--bounding-set=-net_admin', '--inh-caps=-net_admin', process.execPath];
    const child = spawnSync('setpriv', [...unprivileged, '--input-type=module', '--eval', script], {
      encoding: 'utf8',
    });
    expect(child.stdout).toMatch(/^TG2010 .*CAP_NET_ADMIN/);
    expect(child.stderr).toBe('');
  });

  test('a name that nft does not take is refused', async () => {
    const opening = openNftablesBackend({ instance: '1st', safelist: [] });
    await expect(opening).rejects.toMatchObject({
      code: 'TG2010',
      message: expect.stringContaining('1st') as string,
    });
  });
});
