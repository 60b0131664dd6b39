import { existsSync, statSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TidegateError, type PolicyFile } from '@tidegate/schemas';
import { reasonOf } from '../ports.ts';

const filesMax = 1000;

/** The YAML files below a folder, by path. Dot folders are left out and links are not followed, as in the controller. */
export async function readPolicyFolder(folder: string): Promise<PolicyFile[]> {
  try {
    if (!existsSync(folder)) throw new TidegateError('TG5003', `there is no folder ${folder}`);
    if (!statSync(folder).isDirectory()) throw new TidegateError('TG5003', `${folder} is not a folder`);
    const paths = (await yamlFiles(folder, '')).sort();
    if (paths.length === 0) throw new TidegateError('TG5003', `${folder} has no *.yaml or *.yml file`);
    if (paths.length > filesMax) {
      throw new TidegateError(
        'TG5003',
        `${folder} has ${paths.length} YAML files; at most ${filesMax} are read`,
      );
    }
    return await Promise.all(
      paths.map(async (path) => ({ path, text: await readFile(join(folder, path), 'utf8') })),
    );
  } catch (cause) {
    if (cause instanceof TidegateError) throw cause;
    throw new TidegateError('TG5003', reasonOf(cause), { cause });
  }
}

async function yamlFiles(root: string, below: string): Promise<string[]> {
  const entries = await readdir(join(root, below), { withFileTypes: true });
  const found = await Promise.all(
    entries
      .filter(({ name }) => !name.startsWith('.'))
      .map(async (entry) => {
        const path = below === '' ? entry.name : `${below}/${entry.name}`;
        if (entry.isDirectory()) return yamlFiles(root, path);
        return entry.isFile() && /\.ya?ml$/.test(entry.name) ? [path] : [];
      }),
  );
  return found.flat();
}
