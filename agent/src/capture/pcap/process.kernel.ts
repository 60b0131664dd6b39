import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { counter } from '../../engine/types.ts';
import { captureFilter, wordPrefix } from './filter.ts';
import { rowCounters, word } from './memory.ts';
import { startCaptureProcess } from './process.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`);

async function until(condition: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 500 && !condition(); attempt++) await sleep(10);
  expect(condition()).toBe(true);
}

/** An address of the loopback interface that nothing else uses. */
const address = '127.0.0.77';

test('a capture process that is killed is started again, says so, and counts on', async () => {
  const warnings: string[] = [];
  const log = {
    debug: () => undefined,
    info: () => undefined,
    warn: (message: string) => void warnings.push(message),
    error: () => undefined,
  };
  const watched = { filter: captureFilter([`${address}/32`], true), prefixes: [wordPrefix(`${address}/32`)] };
  const running = await startCaptureProcess(
    { interfaceName: 'lo', targetsMax: 16, samplesPerSecondMax: 100, ...watched },
    log,
  );
  const counted = (): number => running.memory.counters[rowCounters + counter.packets] ?? 0;
  const sender = createSocket('udp4');
  const send = async (packets: number): Promise<void> => {
    for (let count = 0; count < packets; count++) {
      await new Promise<void>((resolve) => sender.send('x', 9, address, () => resolve()));
    }
  };
  try {
    // libpcap loses the first of them.
    await send(4);
    await until(() => counted() === 3);
    const first = running.pid() ?? 0;
    process.kill(first, 'SIGKILL');
    await until(() => running.pid() !== null && running.pid() !== first);
    expect(isAlive(first)).toBe(false);
    expect(warnings).toEqual(['the capture process is started again']);
    const second = running.pid();
    await send(3);
    await until(() => counted() === 5);
    expect(running.memory.words[word.rowsUsed]).toBe(2);
    expect(running.pid()).toBe(second);
  } finally {
    sender.close();
    running.stop();
  }
});

/** A program of its own that opens a source from the built code and prints `ready` or what went wrong. */
const opener = (built: string): string => `
  import { openPcapSource } from '${built}/capture/pcap/index.js';
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  openPcapSource({ instance: 'tidegate', interfaces: ['lo'], protect: ['127.0.0.1/32'], safelist: [], targetsMax: 16, samplesPerSecondMax: 100, log })
    .then(() => console.log('ready'), (error) => { console.log(error.code, error.message); process.exit(1); });`;

test('the capture process ends with the agent, also when that is killed', async () => {
  const script = opener(join(root, 'agent/dist'));
  const agent = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [first] = (await agent.stdout.setEncoding('utf8').take(1).toArray()) as string[];
    expect(first).toBe('ready\n');
    const capture = Number(readFileSync(`/proc/${agent.pid}/task/${agent.pid}/children`, 'utf8').trim());
    expect(isAlive(capture)).toBe(true);
    agent.kill('SIGKILL');
    await until(() => !isAlive(capture));
  } finally {
    agent.kill('SIGKILL');
  }
});

test('without the optional package there is one error, with what to do', () => {
  const folder = mkdtempSync(join(tmpdir(), `tg-${process.pid}-`));
  try {
    cpSync(join(root, 'agent/dist'), join(folder, 'dist'), { recursive: true });
    cpSync(join(root, 'agent/package.json'), join(folder, 'package.json'));
    mkdirSync(join(folder, 'node_modules/@tidegate'), { recursive: true });
    for (const name of ['koffi', '@tidegate/schemas']) {
      symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
    }
    const script = opener(join(folder, 'dist'));
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
      encoding: 'utf8',
    });
    expect(stdout).toMatch(
      /^TG2001 Cannot capture from lo: the optional package cap is missing; install libpcap-dev/,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('without CAP_NET_RAW it says so', () => {
  const script = opener(join(root, 'agent/dist'));
  const unprivileged = ['--bounding-set=-net_raw', '--inh-caps=-net_raw', process.execPath];
  const { stdout } = spawnSync('setpriv', [...unprivileged, '--input-type=module', '--eval', script], {
    encoding: 'utf8',
  });
  expect(stdout).toMatch(/^TG2001 Cannot capture from lo: CAP_NET_RAW is missing/);
});
