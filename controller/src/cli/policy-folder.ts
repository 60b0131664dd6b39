import { existsSync, statSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TidegateError } from '@tidegate/schemas';
import type { PolicyTree } from '../policy/repository.ts';
import { reasonOf } from '../ports.ts';

const filesMax = 1000;

/** A policy folder: its YAML files by path, and what else a policy may name. Dot folders are left out and links are not followed, as in the controller. */
export async function readPolicyFolder(folder: string): Promise<PolicyTree> {
  try {
    if (!existsSync(folder)) throw new TidegateError('TG5003', `there is no folder ${folder}`);
    if (!statSync(folder).isDirectory()) throw new TidegateError('TG5003', `${folder} is not a folder`);
    const paths = (await filesBelow(folder, '')).sort();
    const yaml = paths.filter((path) => /\.ya?ml$/.test(path));
    if (yaml.length === 0) throw new TidegateError('TG5003', `${folder} has no *.yaml or *.yml file`);
    if (yaml.length > filesMax) {
      throw new TidegateError(
        'TG5003',
        `${folder} has ${yaml.length} YAML files; at most ${filesMax} are read`,
      );
    }
    const files = await Promise.all(
      yaml.map(async (path) => ({ path, text: await readFile(join(folder, path), 'utf8') })),
    );
    return { files, paths };
  } catch (cause) {
    if (cause instanceof TidegateError) throw cause;
    throw new TidegateError('TG5003', reasonOf(cause), { cause });
  }
}

async function filesBelow(root: string, below: string): Promise<string[]> {
  const entries = await readdir(join(root, below), { withFileTypes: true });
  const found = await Promise.all(
    entries
      .filter(({ name }) => !name.startsWith('.'))
      .map(async (entry) => {
        const path = below === '' ? entry.name : `${below}/${entry.name}`;
        if (entry.isDirectory()) return filesBelow(root, path);
        return entry.isFile() ? [path] : [];
      }),
  );
  return found.flat();
}
