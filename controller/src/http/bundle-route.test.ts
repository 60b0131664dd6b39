import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { goodPolicy, useScene, type TestAgent } from '../testkit/index.ts';

const scene = useScene();

const poll = (agent: TestAgent, etag: string | null, seconds: number) =>
  agent.bundle(scene.url, { 'if-none-match': etag ?? '', prefer: `wait=${seconds}` });

const started = async (): Promise<{ agent: TestAgent; etag: string | null }> => {
  scene.policy.commit({ 'web.yaml': goodPolicy() });
  await scene.start();
  const agent = await scene.agent();
  return { agent, etag: (await agent.bundle(scene.url)).headers.get('etag') };
};

const took = async <T>(work: Promise<T>): Promise<{ ms: number; result: T }> => {
  const before = performance.now();
  const result = await work;
  return { ms: performance.now() - before, result };
};

describe('GET /v1/bundle', () => {
  it('answers 304 to who has it already, at once without Prefer', async () => {
    const { agent, etag } = await started();
    const { status, headers, body } = await agent.bundle(scene.url, {
      'if-none-match': `"sha256:other", W/${etag}`,
    });
    expect([status, headers.get('etag'), body]).toEqual([304, etag, null]);
    expect(
      (await agent.bundle(scene.url, { 'if-none-match': '"sha256:other"', prefer: 'wait=50' })).status,
    ).toBe(200);
  });

  it('holds the answer for as long as was asked, and then says that there is nothing new', async () => {
    const { agent, etag } = await started();
    const { ms, result } = await took(poll(agent, etag, 1));
    expect([result.status, result.headers.get('preference-applied')]).toEqual([304, 'wait=1']);
    expect(ms).toBeGreaterThanOrEqual(990);
    expect(ms).toBeLessThan(1900);
  });

  it('lets every parked request go with a new bundle', async () => {
    const { agent, etag } = await started();
    const others = await Promise.all(['web-2', 'web-3'].map((name) => scene.agent(name)));
    const parked = [agent, ...others].map((each) => poll(each, etag, 50));
    scene.policy.commit({ 'web.yaml': goodPolicy('30kpps') });
    const { ms, result: answers } = await took(Promise.all(parked));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(new Set(answers.map(({ headers }) => headers.get('etag'))).size).toBe(1);
    expect(ms).toBeLessThan(3000);
  });

  it('keeps parked who is not concerned by what is published', async () => {
    const { agent, etag } = await started();
    const parked = poll(agent, etag, 2);
    scene.policy.commit({ 'web.yaml': `# only a comment\n${goodPolicy()}` });
    expect((await parked).status).toBe(304);
  });

  it('lets parked requests go when the controller stops', async () => {
    const { agent, etag } = await started();
    const parked = poll(agent, etag, 50);
    await vi.waitFor(async () => expect((await scene.status()).agents[0]?.lastSeen).not.toBe(null));
    const { ms } = await took(scene.stop());
    expect((await parked).status).toBe(304);
    expect(ms).toBeLessThan(2000);
  });

  it('lets a parked request go when its node moves to another group', async () => {
    const { agent, etag } = await started();
    const parked = poll(agent, etag, 50);
    await agent.enrol(scene.url, { labels: { role: 'mail' } });
    const { status, body } = await parked;
    expect([status, (body as { code: string }).code]).toEqual([404, 'TG3006']);
  });

  it('says so when no group claims the node', async () => {
    await scene.start();
    const { status, body } = await (await scene.agent()).bundle(scene.url, { prefer: 'wait=50' });
    expect([status, body]).toMatchObject([
      404,
      { code: 'TG3006', detail: expect.stringContaining('{"role":"web"}') as string },
    ]);
  });
});

describe('TLS', () => {
  it('serves beyond loopback with the certificate of its configuration', async () => {
    const [certFile, keyFile] = ['cert.pem', 'key.pem'].map((name) => join(scene.folder.path, name)) as [
      string,
      string,
    ];
    const subject = ['-subj', '/CN=controller', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile];
    execFileSync('openssl', ['req', '-x509', ...key, ...subject, '-days', '2', '-out', certFile], {
      stdio: 'pipe',
    });
    const controller = await scene.start({
      listen: { host: '0.0.0.0', port: 0, tls: { certFile, keyFile } },
    });
    const port = new URL(controller.url).port;
    const status = await new Promise((resolve, reject) => {
      https
        .get(`https://127.0.0.1:${port}/healthz`, { ca: readFileSync(certFile) }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
        .on('error', reject);
    });
    expect(status).toBe(200);
    await scene.stop();
    const missing = { certFile: `${certFile}.gone`, keyFile };
    await expect(scene.start({ listen: { host: '127.0.0.1', port: 0, tls: missing } })).rejects.toMatchObject(
      { code: 'TG5003' },
    );
  });
});
