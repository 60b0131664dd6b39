import { expect, test } from 'vitest';
import { TidegateError } from '@tidegate/schemas';
import { look } from '../healthy.contract.ts';
import { bgpSpeakers } from './bgp-speakers.ts';

const speaker = (name: string) => ({
  ...{ name, place: { kind: 'gobgp', address: 'unix:///run/gobgp/api.sock', tls: null } as const },
  rails: {
    ...{ owned: ['203.0.113.0/24'], peerings: [], routesMax: 1, perMinute: 1, blackholedShareMax: 0 },
    ...{ flowspecLengthMin: { 4: 24, 6: 48 }, blackholeLengthMin: { 4: 32, 6: 128 } },
  },
});
const settings = { speakers: [speaker('edge'), speaker('core')] };
const neighbour = (isEstablished: boolean) => ({ address: '192.0.2.11', asNumber: 65002, isEstablished });

test('they answer, and have somebody to tell', async () => {
  const neighboursOf = async () => [neighbour(true)];
  expect(await look(bgpSpeakers, { settings, host: { neighboursOf } })).toMatchObject({
    status: 'ok',
    found: 'edge at unix:///run/gobgp/api.sock tells 192.0.2.11',
  });
});

test('without a session nobody hears of a route', async () => {
  const neighboursOf = async ({ name }: { name: string }) => [neighbour(name === 'edge')];
  expect(await look(bgpSpeakers, { settings, host: { neighboursOf } })).toMatchObject({
    status: 'warn',
    found: 'core at unix:///run/gobgp/api.sock has no neighbour with an established session',
  });
});

test('one that does not answer is told first', async () => {
  const neighboursOf = async ({ name }: { name: string }) => {
    if (name === 'core') throw new TidegateError('TG2017', 'connection refused');
    return [neighbour(false)];
  };
  const result = await look(bgpSpeakers, { settings, host: { neighboursOf } });
  expect(result.status).toBe('fail');
  expect(result.found).toContain('core at unix:///run/gobgp/api.sock does not answer');
});

test('a policy may announce through one that is not there', async () => {
  const lastGoodBundle = () => ({ interfaces: ['eth0'], speakers: ['edge', 'site'] });
  expect(await look(bgpSpeakers, { settings, host: { lastGoodBundle } })).toMatchObject({
    status: 'fail',
    found: 'the policy announces through site, which the configuration does not name',
  });
});

test('most nodes have none', async () => {
  expect(await look(bgpSpeakers)).toMatchObject({ status: 'ok' });
});
