import { expect, test } from 'vitest';
import { capture, look } from '../healthy.contract.ts';
import { interfaceXdp } from './interface-xdp.ts';

test('our own program is no other', async () => {
  expect(await look(interfaceXdp)).toMatchObject({
    status: 'ok',
    subject: 'eth0',
    found: 'ours is attached (id 7, native)',
  });
});

test('another one is named, and what follows is said', async () => {
  const host = { ownPrograms: () => new Map(), programName: () => 'xdp_filter' };
  const result = await look(interfaceXdp, { host });
  expect(result).toMatchObject({
    status: 'fail',
    found: 'another program is attached: xdp_filter (id 7, native)',
  });
  expect(result.meaning).toContain('falls back to libpcap');
  expect(await look(interfaceXdp, { host, settings: capture({ source: 'xdp' }) })).toMatchObject({
    status: 'fail',
    meaning: 'The agent does not start watching (capture.source: xdp).',
  });
});

test('beside a dispatcher there is a place, and the command for it is named', async () => {
  const host = { ownPrograms: () => new Map(), programName: () => 'xdp_dispatcher' };
  const result = await look(interfaceXdp, { host });
  expect(result).toMatchObject({
    status: 'fail',
    found: 'other programs are attached through the dispatcher of libxdp (id 7, native)',
  });
  expect(result.fix).toContain('tidegate-agent attach --config /etc/tidegate/agent.yaml --interface eth0');
});

test('the program of another interface is not ours on this one', async () => {
  expect(await look(interfaceXdp, { host: { ownPrograms: () => new Map([[3, 7]]) } })).toMatchObject({
    status: 'fail',
  });
});

test('nothing is attached; nobody can say whose it is; there is no libbpf', async () => {
  const none = { xdpOn: () => ({ programId: 0, mode: 'other' as const }) };
  expect(await look(interfaceXdp, { host: none })).toMatchObject({ status: 'ok' });
  expect(await look(interfaceXdp, { host: { ownPrograms: () => 'denied' } })).toMatchObject({
    status: 'skipped',
    fix: 'Run doctor as root.',
  });
  const libbpfVersion = (): string => {
    throw new Error('none');
  };
  expect(await look(interfaceXdp, { host: { libbpfVersion } })).toMatchObject({ status: 'skipped' });
});
