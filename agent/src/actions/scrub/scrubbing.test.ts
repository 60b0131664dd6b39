/** Real requests on loopback to providers with published shapes: their course, and every fault. */
import { createHash, createHmac } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CompiledScrubber } from '@tidegate/schemas';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startCloudflare, startVac, startWash } from '../../testkit/scrubbers/index.ts';
import type { BgpPrefixRow, FakeProvider } from '../../testkit/scrubbers/index.ts';
import type { RuleRequest } from '../backend.ts';
import { ScrubbingBackend } from './index.ts';

const id = 'mit-0123456789abcdef';
const other = 'mit-fedcba9876543210';
let folder: string;
const open: { close(): void }[] = [];
const said: string[] = [];
const secrets: Record<string, string> = {
  ...{ 'env:TOKEN': 't0ken', 'env:KEY': 'k3y', 'env:CF': 'cf-token' },
  ...{ 'env:AK': 'ak', 'env:AS': 'as', 'env:CK': 'ck' },
};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tg-scrub-'));
});
afterEach(() => {
  for (const one of open.splice(0)) one.close();
  rmSync(folder, { recursive: true });
  said.length = 0;
});

const file = (): string => join(folder, 'scrubbing.json');
function backendWith(scrubbers: readonly CompiledScrubber[]): ScrubbingBackend {
  const note = (message: string, fields?: Record<string, unknown>): void => {
    said.push(`${message} ${JSON.stringify(fields)}`);
  };
  const backend = new ScrubbingBackend({
    path: file(),
    secret: (reference) => {
      const found = secrets[reference];
      if (found === undefined) throw new Error(`policySecrets does not list ${reference}`);
      return found;
    },
    wallMs: Date.now,
    log: { debug: note, info: note, warn: note, error: note },
  });
  open.push(backend);
  backend.use(scrubbers);
  backend.start();
  return backend;
}
function washAt(url: string, changes: Partial<CompiledScrubber> = {}): CompiledScrubber {
  const at = `${url}/v1/diversions/{id}`;
  return {
    ...{ name: 'wash', owned: ['203.0.113.0/24'], length: 32, length6: 128, activeWithinMs: 5000 },
    diversionsMax: 4,
    api: {
      type: 'http',
      start: {
        ...{ method: 'PUT', url: at, headers: { 'x-site': 'fra' } },
        body: {
          prefix: '{prefix}',
          ttl: '{ttlSeconds}',
          note: 'v{version} {family} at {address}, {unknown}',
        },
      },
      renew: { method: 'PATCH', url: at, headers: {}, body: { ttl: '{ttlSeconds}' } },
      state: { url: `${at}?of={prefix}`, at: '/state', active: ['active'], failed: ['rejected'] },
      stop: { method: 'DELETE', url: at, headers: {} },
      authorization: { bearer: 'env:TOKEN', hmac: 'env:KEY' },
    },
    ...changes,
  };
}
const rule = (changes: Partial<RuleRequest> = {}, prefix = '203.0.113.7/32'): RuleRequest => ({
  ...{ id, match: { destination: prefix }, ttlMs: 60_000, verdict: 'drop' },
  diverted: { scrubber: 'wash', prefix, incident: 'inc-0000000000000001', family: 'udp_flood' },
  ...changes,
});
const levelOf = async (backend: ScrubbingBackend, of = id) => (await backend.readBack(of))?.level ?? null;
const wash = async () => {
  const provider = await startWash();
  open.push(provider);
  return provider;
};
/** Resolves when it says so; a test that waits in vain ends with its time. */
async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}
const rejects = async (backend: ScrubbingBackend, of = id): Promise<string> =>
  await backend.readBack(of).then(
    () => '',
    (error: unknown) => String(error),
  );

describe('a provider with any HTTP API', () => {
  it('is asked as the policy says, signed, and believed only when it says that it is in effect', async () => {
    const provider = await wash();
    const backend = backendWith([washAt(provider.url)]);
    await backend.apply(rule());
    await until(() => provider.of('PUT').length === 1);
    expect(await levelOf(backend)).toBe('accepted');
    const [put] = provider.of('PUT');
    expect(put).toMatchObject({
      path: `/v1/diversions/${id}`,
      headers: {
        ...{ authorization: 'Bearer t0ken', 'x-site': 'fra', 'content-type': 'application/json' },
        'idempotency-key': `${id}-start`,
      },
    });
    expect(JSON.parse(put!.body)).toEqual({
      ...{ prefix: '203.0.113.7/32', ttl: 60 },
      note: 'v4 udp_flood at 203.0.113.7, {unknown}',
    });
    const [, seconds, hex] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(put!.headers['tidegate-signature']))!;
    const text = `${seconds}.PUT.${put!.path}.${put!.body}`;
    expect(hex).toBe(createHmac('sha256', 'k3y').update(text).digest('hex'));
    expect(provider.of('GET')[0]?.path).toContain('?of=203.0.113.7%2F32');
    provider.states.set(id, 'active');
    await until(async () => (await levelOf(backend)) === 'installed');
    expect((await backend.readBack(id))!.expiresInMs).toBeGreaterThan(55_000);
    await backend.apply(rule({ ttlMs: 90_000 }));
    await until(() => provider.of('PATCH').length === 1);
    expect(await backend.remove(id)).toMatchObject({ id });
    expect(provider.states.size).toBe(0);
    expect(await backend.readBack(id)).toBeNull();
    expect(JSON.parse(readFileSync(file(), 'utf8'))).toMatchObject({ diversions: [] });
  });

  it('hands over a prefix once for all who want it, and ends it with the last', async () => {
    const provider = await wash();
    const backend = backendWith([washAt(provider.url)]);
    await backend.apply(rule());
    await backend.apply(rule({ id: other }));
    await until(() => provider.of('PUT').length === 1);
    provider.states.set(id, 'active');
    await until(async () => (await levelOf(backend, other)) === 'installed');
    await backend.remove(id);
    expect([await backend.readBack(id), provider.of('DELETE').length]).toEqual([null, 0]);
    await backend.remove(other);
    expect([provider.of('PUT').length, provider.of('DELETE').length]).toEqual([1, 1]);
  });

  it('is waited for when it asks for that, and asked again with the same key after faults', async () => {
    const provider = await wash();
    provider.fault = ({ method }, count) => {
      if (method !== 'PUT') return null;
      if (count === 1) return { kind: 'status', status: 429, retryAfter: '1' };
      if (count === 2) return { kind: 'status', status: 503 };
      return count === 3 ? { kind: 'lose' } : null;
    };
    const backend = backendWith([washAt(provider.url, { activeWithinMs: 30_000 })]);
    const startedMs = performance.now();
    await backend.apply(rule());
    await until(() => provider.of('PUT').length === 4);
    expect(performance.now() - startedMs).toBeGreaterThan(1000);
    expect(new Set(provider.of('PUT').map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    provider.states.set(id, 'active');
    await until(async () => (await levelOf(backend)) === 'installed');
    // The pauses alone are four seconds.
  }, 30_000);

  it('that refuses has failed at once, and is told why', async () => {
    const provider = await wash();
    provider.fault = ({ method }) => (method === 'PUT' ? { kind: 'status', status: 402 } : null);
    const backend = backendWith([washAt(provider.url)]);
    await expect(backend.apply(rule())).rejects.toMatchObject({ code: 'TG2021' });
    expect(await rejects(backend)).toMatch(/PUT 127\.0\.0\.1.* answers 402: .*not now/);
    await backend.remove(id);
    // It may have begun for all that anybody knows.
    await until(() => provider.of('DELETE').length === 1);
    expect(await backend.readBack(id)).toBeNull();
    expect(said.join(' ')).not.toMatch(/t0ken|k3y/);
  });

  it.each([
    ['hangs', { kind: 'hang' } as const, /no answer within 5000 ms/],
    ['always has a fault', { kind: 'status', status: 500 } as const, /answers 500/],
  ])(
    'that %s has failed when its time is over, and is told to stop for as long as it takes',
    async (_, fault, why) => {
      const provider = await wash();
      let isDown = true;
      provider.fault = () => (isDown ? fault : null);
      const backend = backendWith([washAt(provider.url)]);
      await backend.apply(rule());
      await until(async () => why.test(await rejects(backend)));
      isDown = false;
      await until(() => provider.of('DELETE').length > 0 || provider.of('PUT').length === 0);
    },
    30_000,
  );

  it('that says no, or nothing for too long, or ends it by itself, has failed', async () => {
    const provider = await wash();
    const backend = backendWith([washAt(provider.url)]);
    await backend.apply(rule());
    await until(() => provider.states.has(id));
    provider.states.set(id, 'rejected');
    await until(async () => (await rejects(backend)).includes('it says rejected at /state'));
    await backend.remove(id);
    await backend.apply(rule({ id: other }));
    await until(async () => (await rejects(backend, other)).includes('not in effect'));
    await until(() => provider.states.size === 0);
  }, 30_000);

  it('is believed only as far as it says something', async () => {
    const provider = await wash();
    const scrubber = washAt(provider.url);
    const { state: _, ...api } = scrubber.api as Extract<CompiledScrubber['api'], { type: 'http' }>;
    const backend = backendWith([{ ...scrubber, api }]);
    await backend.apply(rule());
    await until(() => provider.states.has(id));
    expect(await levelOf(backend)).toBe('accepted');
    await backend.remove(id);
    expect([provider.states.size, await backend.readBack(id)]).toEqual([0, null]);
  });

  it('is never asked by a rule that only counts, or for what is not in force', async () => {
    const provider = await wash();
    const backend = backendWith([washAt(provider.url)]);
    await backend.apply(rule({ verdict: 'count' }));
    expect(await backend.readBack(id)).toMatchObject({ verdict: 'count', level: 'accepted' });
    await backend.remove(id);
    expect(await backend.readBack(id)).toBeNull();
    const unknown = rule({ diverted: { ...rule().diverted!, scrubber: 'who' } });
    await expect(backend.apply(unknown)).rejects.toThrow(/no Scrubber called who/);
    await expect(backend.apply(rule({ verdict: 'limit' }))).rejects.toThrow(/does not limit/);
    expect(provider.seen).toEqual([]);
  });
});

describe('what was handed over', () => {
  it('outlives the process, and ends in the next one when its time is over', async () => {
    const provider = await wash();
    const first = backendWith([washAt(provider.url)]);
    await first.apply(rule({ ttlMs: 1500 }));
    await until(() => provider.states.has(id));
    provider.states.set(id, 'active');
    await until(async () => (await levelOf(first)) === 'installed');
    first.close();
    // The policy that named the provider is gone as well.
    const second = backendWith([]);
    expect(await second.list()).toMatchObject([{ id, level: 'installed' }]);
    await until(() => provider.states.size === 0);
    await until(async () => (await second.readBack(id)) === null);
    expect(provider.of('PUT')).toHaveLength(1);
  });

  it('goes with the kill switch', async () => {
    const provider = await wash();
    const backend = backendWith([washAt(provider.url)]);
    await backend.apply(rule());
    await backend.apply(rule({ id: other }, '203.0.113.8/32'));
    await until(() => provider.states.size === 2);
    expect(await backend.removeAll()).toBe(2);
    expect([provider.states.size, (await backend.list()).length]).toEqual([0, 0]);
  });

  it('delays nobody where another provider hangs', async () => {
    const [hung, well] = [await wash(), await wash()];
    hung.fault = () => ({ kind: 'hang' });
    const backend = backendWith([washAt(hung.url, { name: 'hung' }), washAt(well.url)]);
    const asked = backend.apply(rule({ diverted: { ...rule().diverted!, scrubber: 'hung' } }));
    const startedMs = performance.now();
    await backend.apply(rule({ id: other }, '203.0.113.8/32'));
    await until(() => well.states.has(other));
    expect(performance.now() - startedMs).toBeLessThan(2500);
    await asked;
  });

  it('is a file that is refused where it is damaged', () => {
    writeFileSync(file(), '{"schema":"tidegate/diversions/v1"}');
    expect(() => backendWith([])).toThrow(/TG5003|is damaged/);
    expect(existsSync(file())).toBe(true);
  });
});

describe('Cloudflare Magic Transit', () => {
  const account = 'a'.repeat(32);
  const start = async (
    rows: BgpPrefixRow[],
  ): Promise<{ provider: FakeProvider; backend: ScrubbingBackend }> => {
    const provider = await startCloudflare(account, '203.0.112.0/22', rows);
    open.push(provider);
    const scrubber: CompiledScrubber = {
      ...washAt(provider.url, { length: 24 }),
      api: { type: 'cloudflare-magic-transit', url: `${provider.url}/client/v4`, account, token: 'env:CF' },
    };
    return { provider, backend: backendWith([scrubber]) };
  };
  const row = (changes: Partial<BgpPrefixRow['on_demand']> = {}): BgpPrefixRow => ({
    ...{ id: 'b'.repeat(32), cidr: '203.0.113.0/24' },
    on_demand: { advertised: false, on_demand_enabled: true, on_demand_locked: false, ...changes },
  });
  const prefix = '203.0.113.0/24';

  it('advertises the prefix, and withdraws it', async () => {
    const rows = [row()];
    const { backend } = await start(rows);
    await backend.apply(rule({}, prefix));
    await until(async () => (await levelOf(backend)) === 'installed');
    expect(rows[0]!.on_demand.advertised).toBe(true);
    await backend.remove(id);
    expect([rows[0]!.on_demand.advertised, await backend.readBack(id)]).toEqual([false, null]);
  });

  it('makes a BGP prefix that is not there, and none that is wider', async () => {
    const rows: BgpPrefixRow[] = [];
    const { backend } = await start(rows);
    await backend.apply(rule({}, prefix));
    await until(async () => (await levelOf(backend)) === 'installed');
    expect(rows.map(({ cidr }) => cidr)).toEqual([prefix]);
  });

  it('leaves alone what was advertised before', async () => {
    const rows = [row({ advertised: true })];
    const { backend, provider } = await start(rows);
    await backend.apply(rule({}, prefix));
    await until(async () => (await levelOf(backend)) === 'installed');
    await backend.remove(id);
    expect([rows[0]!.on_demand.advertised, provider.of('PATCH').length]).toEqual([true, 0]);
  });

  it.each([
    ['locked', row({ on_demand_locked: true }), prefix, /on_demand_locked/],
    ['not on demand', row({ on_demand_enabled: false }), prefix, /on_demand_enabled/],
    ['not of the account', row(), '198.51.100.0/24', /no prefix that holds 198\.51\.100\.0\/24/],
  ])('fails where the prefix is %s', async (_, found, asked, why) => {
    const { backend } = await start([found]);
    await expect(backend.apply(rule({}, asked))).rejects.toThrow(why);
  });

  it('fails where the token is none', async () => {
    const { backend } = await start([row()]);
    secrets['env:CF'] = 'old';
    await expect(backend.apply(rule({}, prefix))).rejects.toThrow(/answers 403.*Authentication error/);
    secrets['env:CF'] = 'cf-token';
  });
});

describe('OVHcloud VAC', () => {
  it('mitigates one address, signed, and waits for its end', async () => {
    const provider = await startVac('203.0.113.0/24');
    open.push(provider);
    const url = `${provider.url}/1.0`;
    const backend = backendWith([
      {
        ...washAt(provider.url),
        api: {
          ...{ type: 'ovh-vac', url, applicationKey: 'env:AK' },
          ...{ applicationSecret: 'env:AS', consumerKey: 'env:CK' },
        },
      },
    ]);
    await backend.apply(rule());
    await until(async () => (await levelOf(backend)) === 'installed');
    const [post] = provider.of('POST');
    expect(post).toMatchObject({
      path: '/1.0/ip/203.0.113.0%2F24/mitigation',
      body: '{"ipOnMitigation":"203.0.113.7"}',
    });
    const seconds = String(post!.headers['x-ovh-timestamp']);
    const signed = ['as', 'ck', 'POST', `${provider.url}${post!.path}`, post!.body, seconds].join('+');
    expect(post!.headers).toMatchObject({
      ...{ 'x-ovh-application': 'ak', 'x-ovh-consumer': 'ck' },
      'x-ovh-signature': `$1$${createHash('sha1').update(signed).digest('hex')}`,
    });
    await backend.remove(id);
    expect([provider.states.size, await backend.readBack(id)]).toEqual([0, null]);
    await expect(backend.apply(rule({ id: other }, '203.0.113.0/25'))).rejects.toThrow(
      /single IPv4 addresses/,
    );
  });
});
