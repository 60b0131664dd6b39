import { routes } from '@tidegate/schemas';
import { describe, expect, it } from 'vitest';
import { goodPolicy, sampleEvent, TestAgent, useScene, type Answer } from '../testkit/index.ts';

const scene = useScene();
const nowSeconds = (): number => Math.floor(Date.now() / 1000);
const codeOf = ({ status, body }: Answer): unknown[] => [status, (body as { code?: string } | null)?.code];

const ask = async (path: string, init: RequestInit = {}): Promise<Answer> => {
  const response = await fetch(new URL(path, scene.url), init);
  return { status: response.status, headers: response.headers, body: await response.json() };
};

describe('a signed request', () => {
  const headers = async (agent: TestAgent): Promise<Record<string, string>> => {
    let signed: Record<string, string> = {};
    await agent.send(scene.url, 'GET', routes.bundle.path, {
      tamper: (given) => {
        signed = given;
        return {};
      },
    });
    return signed;
  };

  it('is refused when it comes a second time', async () => {
    scene.policy.commit({ 'web.yaml': goodPolicy() });
    await scene.start();
    const signed = await headers(await scene.agent());
    expect((await ask(routes.bundle.path, { headers: signed })).status).toBe(200);
    const again = await ask(routes.bundle.path, { headers: signed });
    expect(codeOf(again)).toEqual([401, 'TG3003']);
    expect(again.body).toMatchObject({ detail: expect.stringContaining('replay') as string });
    expect(again.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });

  it('is refused for another method, path, body, nonce, time or key', async () => {
    await scene.start();
    const agent = await scene.agent();
    const other = await scene.agent('web-2');
    const heartbeat = await headers(agent);
    const json = { 'content-type': 'application/json' };
    // Signed for GET of the bundle, sent as something else.
    expect(
      codeOf(
        await ask(routes.heartbeat.path, { method: 'POST', headers: { ...heartbeat, ...json }, body: '{}' }),
      ),
    ).toEqual([401, 'TG3003']);
    expect(codeOf(await ask(`${routes.bundle.path}?a=1`, { headers: heartbeat }))).toEqual([401, 'TG3003']);
    const altered: [string, (text: string) => string][] = [
      [
        'signature-input',
        (text) => text.replace(/nonce="../, (start) => (start.endsWith('AA') ? 'nonce="BB' : 'nonce="AA')),
      ],
      ['signature-input', (text) => text.replace(/created=\d+/, `created=${nowSeconds() - 1}`)],
      ['signature-input', (text) => text.replace(agent.keyId, other.keyId)],
      ['signature-input', (text) => text.replace('"@path" ', '')],
      ['content-digest', (text) => text.replace(/:../, (start) => (start === ':AA' ? ':BB' : ':AA'))],
      ['signature', (text) => text.replace(/:../, (start) => (start === ':AA' ? ':BB' : ':AA'))],
      ['signature', () => ''],
    ];
    for (const [name, change] of altered) {
      const given = await headers(agent);
      const answer = await ask(routes.bundle.path, {
        headers: { ...given, [name]: change(given[name] ?? '') },
      });
      expect([name, ...codeOf(answer)]).toEqual([name, 401, 'TG3003']);
    }
    for (const missing of ['signature', 'signature-input', 'content-digest']) {
      const { [missing]: _, ...rest } = await headers(agent);
      expect([missing, ...codeOf(await ask(routes.bundle.path, { headers: rest }))]).toEqual([
        missing,
        401,
        'TG3003',
      ]);
    }
  });

  it('is refused when its body is not the one that was signed', async () => {
    await scene.start();
    const agent = await scene.agent();
    const { 'content-digest': digest = '' } = await headers(agent);
    const answer = await agent.send(scene.url, 'POST', routes.audit.path, {
      body: agent.nextBatch(1),
      tamper: (given) => ({ ...given, 'content-digest': digest }),
    });
    expect(codeOf(answer)).toEqual([401, 'TG3003']);
  });

  it('is refused when it is more than a minute old or ahead, or older than the controller', async () => {
    let now = Date.now();
    scene.policy.commit({ 'web.yaml': goodPolicy() });
    await scene.start({}, { clock: () => now });
    const agent = await scene.agent();
    const at = (created: number) => agent.send(scene.url, 'GET', routes.bundle.path, { created });
    const started = Math.floor(now / 1000);
    expect(codeOf(await at(started - 1))).toEqual([401, 'TG3003']);
    expect((await at(started)).status).toBe(200);
    now += 300_000;
    const later = started + 300;
    for (const [created, status] of [
      [later - 61, 401],
      [later - 60, 200],
      [later + 60, 200],
      [later + 61, 401],
    ] as const) {
      expect([created - later, (await at(created)).status]).toEqual([created - later, status]);
    }
  });

  it('is refused from a key that is not enrolled', async () => {
    await scene.start();
    expect(codeOf(await new TestAgent('web-1').bundle(scene.url))).toEqual([401, 'TG3003']);
  });
});

describe('enrolment', () => {
  it('needs the join token', async () => {
    await scene.start();
    expect(
      codeOf(await new TestAgent('web-1').enrol(scene.url, { token: 'another-token-than-that' })),
    ).toEqual([403, 'TG3004']);
    expect((await scene.status()).agents).toEqual([]);
  });

  it('is the same when it is repeated, and takes new labels', async () => {
    await scene.start();
    const agent = await scene.agent();
    const again = await agent.enrol(scene.url);
    expect([again.status, (again.body as { keyId: string }).keyId]).toEqual([200, agent.keyId]);
    scene.policy.commit({ 'web.yaml': goodPolicy() });
    await agent.enrol(scene.url, { labels: { role: 'mail' } });
    await scene.stop();
    await scene.start();
    expect((await scene.status()).agents).toMatchObject([{ agent: 'web-1', group: null }]);
  });

  it('is refused for a taken name, a copied key, the controller’s own name and a bad body', async () => {
    await scene.start();
    const agent = await scene.agent();
    expect(codeOf(await new TestAgent('web-1').enrol(scene.url))).toEqual([409, 'TG3005']);
    expect(codeOf(await new TestAgent('web-2', agent).enrol(scene.url))).toEqual([409, 'TG3005']);
    expect(codeOf(await new TestAgent('controller').enrol(scene.url))).toEqual([409, 'TG3005']);
    expect(codeOf(await new TestAgent('web-3').enrol(scene.url, { labels: { role: 1 } }))).toEqual([
      400,
      'TG3007',
    ]);
    expect(codeOf(await new TestAgent('web-3').enrol(scene.url, { extra: 1 }))).toEqual([400, 'TG3007']);
    expect((await agent.bundle(scene.url)).status).toBe(404);
  });

  it('of many nodes at a time loses none, also across a restart', async () => {
    await scene.start();
    const names = Array.from({ length: 12 }, (_, index) => `web-${String(index).padStart(2, '0')}`);
    await Promise.all(names.map((name) => scene.agent(name)));
    await scene.stop();
    await scene.start();
    expect((await scene.status()).agents.map(({ agent }) => agent)).toEqual(names);
  });
});

describe('heartbeats', () => {
  const heartbeat = (agent: string, effective: string | null = null) => ({
    schema: 'tidegate/heartbeat/v1',
    agent,
    version: '0.1.0',
    at: new Date().toISOString(),
    capture: 'xdp/native',
    mode: null,
    stopped: false,
    digests: { offered: null, verified: null, effective },
    failed: null,
    spool: { pending: 0, lastSeq: 0 },
    incidents: [],
  });

  it('say in the status what is in force where, and when an agent was last heard of', async () => {
    await scene.start();
    const agent = await scene.agent();
    expect((await scene.status()).agents).toMatchObject([{ effective: null, lastSeen: null }]);
    const effective = `sha256:${'0'.repeat(64)}`;
    const answer = await agent.send(scene.url, 'POST', routes.heartbeat.path, {
      body: heartbeat('web-1', effective),
    });
    expect(answer.status).toBe(204);
    expect((await scene.status()).agents).toMatchObject([
      { effective, lastSeen: expect.stringMatching(/^\d{4}-/) as string },
    ]);
  });

  it('are taken only from the agent itself', async () => {
    await scene.start();
    const agent = await scene.agent();
    const send = (body: unknown) => agent.send(scene.url, 'POST', routes.heartbeat.path, { body });
    expect(codeOf(await send(heartbeat('web-2')))).toEqual([401, 'TG3003']);
    expect(codeOf(await send({ ...heartbeat('web-1'), extra: 1 }))).toEqual([400, 'TG3007']);
  });
});

describe('every other request', () => {
  it('gets a problem document with a code and no stack', async () => {
    await scene.start();
    const json = { 'content-type': 'application/json' };
    const huge = { method: 'POST', headers: json, body: JSON.stringify({ a: 'x'.repeat(70_000) }) };
    const answers: [string, Answer, unknown[]][] = [
      ['unknown route', await ask('/v1/nothing'), [404, 'TG3008']],
      ['wrong method', await ask(routes.enrol.path), [404, 'TG3008']],
      [
        'broken JSON',
        await ask(routes.enrol.path, { method: 'POST', headers: json, body: '{' }),
        [400, 'TG3007'],
      ],
      ['no body', await ask(routes.enrol.path, { method: 'POST' }), [400, 'TG3007']],
      [
        'media type',
        await ask(routes.enrol.path, {
          method: 'POST',
          headers: { 'content-type': 'text/plain' },
          body: 'a',
        }),
        [415, 'TG3007'],
      ],
      ['too large', await ask(routes.enrol.path, huge), [413, 'TG3007']],
      ['bad URL', await ask('/v1/%zz'), [400, 'TG3007']],
      [
        'unsigned',
        await ask(routes.audit.path, { method: 'POST', headers: json, body: '{}' }),
        [401, 'TG3003'],
      ],
    ];
    for (const [what, answer, expected] of answers) {
      expect([what, ...codeOf(answer)]).toEqual([what, ...expected]);
      expect([what, answer.headers.get('content-type')]).toEqual([
        what,
        expect.stringMatching(/^application\/problem\+json/),
      ]);
      expect(JSON.stringify(answer.body)).not.toMatch(/node_modules|\.ts:|at \w+ \(/);
    }
    expect((await ask(routes.health.path)).body).toEqual({ status: 'ok' });
  });

  it('for another agent’s records is refused', async () => {
    await scene.start();
    const [agent, other] = [await scene.agent(), await scene.agent('web-2')];
    expect(codeOf(await agent.upload(scene.url, other.nextBatch(1)))).toEqual([403, 'TG4003']);
    const renamed = { ...other.nextBatch(1, sampleEvent), agent: 'web-1', keyId: agent.keyId };
    expect(codeOf(await agent.upload(scene.url, renamed))).toEqual([403, 'TG4003']);
  });
});
