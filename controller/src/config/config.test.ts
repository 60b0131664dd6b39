import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { testFolder, type TestFolder } from '../testkit/index.ts';
import { loadConfig, readPolicySecret, readSecret, settingsFrom } from './index.ts';

let folder: TestFolder;
beforeEach(() => {
  folder = testFolder();
});
afterEach(() => {
  vi.unstubAllEnvs();
  folder.remove();
});

const written = (text: string): string => {
  const file = join(folder.path, 'controller.yaml');
  writeFileSync(file, text);
  return file;
};
const yaml = `schema: tidegate/controller-config/v1
stateDir: state
listen: { host: 127.0.0.1, port: 0, tls: { certFile: cert.pem, keyFile: /etc/key.pem } }
policy: { repository: policy, path: /policies/ }
audit: { repository: ../audit.git }
joinToken: file:token
`;

describe('loadConfig', () => {
  it('fills in defaults and counts relative paths from the folder of the file', async () => {
    const at = (name: string): string => join(folder.path, name);
    expect(settingsFrom(await loadConfig(written(yaml)))).toEqual({
      stateDir: at('state'),
      origin: 'tidegate.local/audit',
      listen: { host: '127.0.0.1', port: 0, tls: { certFile: at('cert.pem'), keyFile: '/etc/key.pem' } },
      policy: { repository: at('policy'), branch: 'main', folder: 'policies', pollMs: 5000 },
      audit: { repository: at('../audit.git'), flushMs: 500 },
      joinToken: `file:${at('token')}`,
      policySecrets: [],
      bundleValidMs: 168 * 3_600_000,
      logLevel: 'info',
    });
  });

  it('names the place of a mistake', async () => {
    const file = written(`${yaml}logLvel: info\n`);
    await expect(loadConfig(file)).rejects.toMatchObject({
      code: 'TG5002',
      message: expect.stringMatching(/controller\.yaml:7:1: .*logLvel.*logLevel/) as string,
    });
    await expect(loadConfig(join(folder.path, 'none.yaml'))).rejects.toMatchObject({ code: 'TG5003' });
  });

  it('takes the configuration of the example', async () => {
    const example = new URL('../../../examples/single-server/controller.yaml', import.meta.url);
    const { policy, audit } = settingsFrom(await loadConfig(fileURLToPath(example)));
    expect([policy.repository, policy.folder, audit.repository]).toEqual([
      '/srv/policy',
      'policy',
      '/srv/audit.git',
    ]);
  });
});

describe('readSecret', () => {
  it('reads the variable or file that it names, without white space around it', async () => {
    vi.stubEnv('TG_TEST_TOKEN', ' a-token-of-enough-length ');
    expect(await readSecret('env:TG_TEST_TOKEN', 16)).toBe('a-token-of-enough-length');
    expect(await readSecret(`file:${join(folder.path, 'join-token')}`, 16)).toBe('a-join-token-for-tests');
  });

  it('gives a policy what the configuration lists, as it is written there, and nothing else', async () => {
    vi.stubEnv('TG_TEST_KEY', 'key');
    expect(await readPolicySecret('env:TG_TEST_KEY', ['env:TG_TEST_KEY'])).toBe('key');
    for (const reference of ['env:TG_TEST_TOKEN', 'file:/etc/passwd', 'env:TG_TEST_KEY ']) {
      await expect(readPolicySecret(reference, ['env:TG_TEST_KEY'])).rejects.toMatchObject({
        code: 'TG5005',
        message: expect.stringContaining('does not list') as string,
      });
    }
  });

  it('says what is wrong without saying the secret', async () => {
    vi.stubEnv('TG_TEST_TOKEN', 'short-secret');
    const refused = async (reference: string): Promise<string> =>
      readSecret(reference, 16).then(String, (error: unknown) => String(error));
    expect(await refused('env:TG_TEST_TOKEN')).toBe(
      'TidegateError: the secret env:TG_TEST_TOKEN is shorter than 16 characters',
    );
    expect(await refused('env:TG_TEST_NONE')).toMatch(/is missing or empty$/);
    expect(await refused('file:/nonexistent')).toMatch(/cannot be read: ENOENT/);
  });
});
