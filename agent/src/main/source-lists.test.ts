import { beforeEach, expect, test } from 'vitest';
import type { CompiledFlow } from '@tidegate/schemas';
import type { KeptFlow } from '../actions/xdp/never-block.ts';
import type { TcpSocket } from '../kernel/tcp-sockets.ts';
import { createSourceLists, type SourceLists } from './source-lists.ts';

let flows: readonly KeptFlow[];
let blocked: (readonly string[])[];
let warnings: string[];
let sockets: () => readonly TcpSocket[];
let fault: Error | null;
let lists: SourceLists;

beforeEach(() => {
  [flows, blocked, warnings, fault, sockets] = [[], [], [], null, () => []];
  const nothing = (): void => undefined;
  lists = createSourceLists({
    neverBlock: {
      set: (given) => {
        flows = given;
      },
    },
    blocklist: {
      set: (given) => {
        if (fault !== null) throw fault;
        blocked.push(given);
      },
    },
    controllerPort: 8443,
    sockets: () => sockets(),
    log: { debug: nothing, info: nothing, warn: (text) => warnings.push(text), error: nothing },
  });
});

const port = (number: number) => ({ from: number, to: number });
const flow = (name: string, more: Partial<CompiledFlow> = {}): CompiledFlow => ({
  ...{ name, source: '192.0.2.1/32', protocol: 6, packetsPerSecond: 1000 },
  ...more,
});
const ssh = (index: number): TcpSocket => ({
  ...{ state: 'established', localAddress: '203.0.113.9', localPort: 22, remotePort: 50_000 },
  remoteAddress: `198.51.100.${index}`,
});
const names = (): string[] => flows.map(({ name }) => name);

test('the policy’s flows stand before those of the server’s own sockets', () => {
  sockets = () => [ssh(7)];
  lists.use({
    neverBlock: [
      flow('bgp', { destination: '203.0.113.1/32', destinationPorts: port(179) }),
      flow('partner', { source: '2001:db8:7::/48', protocol: 17, sourcePorts: { from: 1, to: 9 } }),
    ],
  });
  expect(names()).toEqual(['bgp', 'partner', 'ssh 198.51.100.7']);
  const bgp = { destination: '203.0.113.1/32', source: '192.0.2.1/32', protocol: 6 };
  const partner = { destination: '::/0', source: '2001:db8:7::/48', protocol: 17 };
  expect(flows[0]).toEqual({
    name: 'bgp',
    match: { ...bgp, destinationPorts: [port(179)] },
    packetsPerSecondMax: 1000,
  });
  expect(flows[1]!.match).toEqual({ ...partner, sourcePorts: [{ from: 1, to: 9 }] });
  expect(lists.notes).toEqual([]);
});

test('new sockets are found, and what finds no place is told once', () => {
  const policy = Array.from({ length: 32 }, (_, index) =>
    flow(`f${index}`, { sourcePorts: port(index + 1) }),
  );
  lists.use({ neverBlock: policy });
  expect(flows).toHaveLength(32);
  sockets = () => Array.from({ length: 32 }, (_, index) => ssh(index));
  lists.refresh();
  expect(flows).toHaveLength(64);
  expect(lists.notes).toEqual([]);
  sockets = () => Array.from({ length: 36 }, (_, index) => ssh(index));
  lists.refresh();
  lists.refresh();
  const note =
    'the never-block set is full, and has no place for ssh 198.51.100.32, ssh 198.51.100.33, ssh 198.51.100.34 and 1 more';
  expect([lists.notes, warnings]).toEqual([[note], [note]]);
  expect(names().slice(0, 32)).toEqual(policy.map(({ name }) => name));
  lists.use({});
  expect([flows.length, lists.notes.length]).toEqual([36, 0]);
});

test('sockets that cannot be read take no flow out', () => {
  sockets = () => [ssh(7)];
  lists.use({ neverBlock: [flow('bgp', { sourcePorts: port(179) })] });
  sockets = () => {
    throw new Error('no such file');
  };
  lists.refresh();
  expect(names()).toEqual(['bgp', 'ssh 198.51.100.7']);
  expect(lists.notes).toEqual(['the flows that this server depends on are not known: no such file']);
});

test('the blocklist is set at the start and when it changes, and tried again where it could not be', () => {
  lists.use({ blocklist: ['198.51.100.0/24'] });
  lists.use({ blocklist: ['198.51.100.0/24'] });
  fault = new Error('it is full');
  lists.use({ blocklist: ['198.51.100.0/24', '192.0.2.0/24'] });
  expect(lists.notes).toEqual(['the blocklist of the policy is not in force: it is full']);
  lists.use({ blocklist: ['198.51.100.0/24'] });
  fault = null;
  lists.use({ blocklist: ['198.51.100.0/24'] });
  lists.use({});
  expect(blocked).toEqual([['198.51.100.0/24'], ['198.51.100.0/24'], []]);
  expect(lists.notes).toEqual([]);
});

test('without one an earlier process’s is taken out', () => {
  lists.use({});
  expect(blocked).toEqual([[]]);
});
