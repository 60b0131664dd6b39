/** Audit records in, notifications out, to a real receiver: who is told, and when. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AuditEvent, Bundle, Notification } from '@tidegate/schemas';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Journal } from '../../engine/explain/index.ts';
import { Notifier } from './notifier.ts';
import { until } from '../../testkit/until.ts';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
let received: Notification[];
let audited: AuditEvent[];
let notifier: Notifier;
let journal: Journal;
let close: () => void;

const take = (kind: AuditEvent['kind'], incident: string, body: object): void => {
  const event = { kind, body: { incident, ...body } } as AuditEvent;
  journal.add(event, Date.now());
  notifier.take(event);
};
const opened = (incident: string, family = 'dns_amplification'): void => {
  const evidence = {
    ...{ metric: 'packets', value: 41_000, threshold: 20_000, packetsPerSecond: 41_000, bitsPerSecond: 1e8 },
    ...{ samples: 100, windowMs: 100, firstPacketAt: null },
  };
  take('incident.opened', incident, {
    target: '203.0.113.10',
    family,
    confidence: 0.9,
    evidence,
    reasons: [],
  });
};
beforeEach(async () => {
  [received, audited] = [[], []];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      received.push(JSON.parse(body) as Notification);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
  const channel = (name: string, on: readonly string[]) => ({
    ...{ name, on, to: { type: 'webhook', url }, perMinute: 60 },
  });
  journal = new Journal();
  notifier = new Notifier({
    ...{ node: 'web-1', journal, log },
    secret: () => 'none',
    clock: { monotonicNs: () => performance.now() * 1e6, wallMs: () => Date.now() },
    audit: (event) => audited.push(event),
  });
  notifier.use({
    ...{ group: 'web', mode: 'enforce', commit: '0'.repeat(40), notify: ['ends'] },
    channels: [channel('all', ['opened', 'answered', 'failed', 'closed']), channel('ends', ['closed'])],
    playbooks: [{ name: 'dns', families: ['dns_*'], notify: ['all'] }],
  } as unknown as Bundle);
  close = () => {
    notifier.close();
    server.closeAllConnections();
    server.close();
  };
});
afterEach(() => {
  close();
});

describe('the notifier', () => {
  it('tells of a new incident at once, whatever another one is to be told again in minutes', async () => {
    opened('inc-1');
    const receipt = {
      mitigation: 'mit-1',
      backend: 'xdp',
      level: 'installed',
      handle: 'x',
      packets: '1',
      bytes: '1',
    };
    take('action.receipt', 'inc-1', receipt);
    await until(() => received.length === 2);
    take('action.receipt', 'inc-1', receipt);
    opened('inc-2');
    await until(() => received.length === 3);
    expect(received.map(({ incident, occasion }) => `${incident} ${occasion}`)).toEqual([
      'inc-1 opened',
      'inc-1 answered',
      'inc-2 opened',
    ]);
  });

  it('asks only channels that are for this family and this occasion', async () => {
    opened('inc-1', 'udp_flood');
    opened('inc-2');
    await until(() => audited.length === 1);
    expect(received).toMatchObject([{ incident: 'inc-2', occasion: 'opened' }]);
    expect(audited).toMatchObject([{ kind: 'notification.sent', body: { channel: 'all', attempts: 1 } }]);
  });
});
