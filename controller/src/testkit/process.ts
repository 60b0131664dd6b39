import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ControllerConfig } from '@tidegate/schemas';

/** The committed executable; it runs the built code. */
export const binPath = fileURLToPath(new URL('../../bin/tidegate.js', import.meta.url));

export interface ControllerProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** Resolves with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  /** What it said on standard error so far. */
  readonly said: () => string;
}

/** Starts `tidegate controller` as a process of its own and waits until it listens. */
export async function spawnController(folder: string, config: ControllerConfig): Promise<ControllerProcess> {
  const file = join(folder, 'controller.yaml');
  writeFileSync(file, JSON.stringify(config));
  const child = spawn(process.execPath, [binPath, 'controller', '--config', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, said] = ['', ''];
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      const [, address] = /^listening on (\S+)\n/m.exec(out) ?? [];
      if (address !== undefined) resolve(address);
    });
    void ended.then((code) => reject(new Error(`the controller ended with ${code}: ${said}`)));
  });
  return { url, child, ended, said: () => said };
}
