/**
 * Debian's kernel of a stable release, fetched once and unpacked, never installed: the image and its modules.
 *
 * Promises: only Debian's archive is asked, through apt and its signatures; what was fetched stays in `.setup`.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface DebianKernel {
  /** As `uname -r` says it. */
  readonly release: string;
  readonly image: string;
  /** Below it lies `RELEASE/`, with what depmod makes. */
  readonly modules: string;
  /** For what is made from this kernel. */
  readonly folder: string;
}

const cache = fileURLToPath(new URL('../../../../.setup/kernels/', import.meta.url));

const output = (command: string, args: readonly string[], cwd?: string): string =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/**
 * The newest kernel of a series, such as `6.1`, that apt knows for amd64.
 * @throws where this Debian has none of it, or the archive is not reachable.
 */
export function fetchDebianKernel(series: string): DebianKernel {
  mkdirSync(cache, { recursive: true });
  const have = readdirSync(cache).filter((name) => name.startsWith(`${series}.`));
  const release = have.at(-1) ?? fetch(series);
  const folder = join(cache, release);
  return {
    ...{ release, folder },
    image: join(folder, `boot/vmlinuz-${release}`),
    modules: join(folder, 'lib/modules'),
  };
}

function fetch(series: string): string {
  const release = newestRelease(series);
  const making = join(cache, `.making-${process.pid}`);
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making);
  try {
    output('apt-get', ['download', `linux-image-${release}`], making);
    const archive = readdirSync(making).find((name) => name.endsWith('.deb'));
    if (archive === undefined) throw new Error(`apt-get fetched no linux-image-${release}`);
    output('dpkg', ['--extract', archive, '.'], making);
    rmSync(join(making, archive));
    // Debian's package leaves that to its installation.
    output('busybox', ['depmod', '-b', '.', release], making);
    if (!existsSync(join(making, `boot/vmlinuz-${release}`))) throw new Error('the package holds no image');
    renameSync(making, join(cache, release));
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return release;
}

/** Revisions of a Debian kernel differ in the number behind the dash. */
function newestRelease(series: string): string {
  const names = output('apt-cache', ['pkgnames', `linux-image-${series}.`]).split('\n');
  const form = new RegExp(`^linux-image-(${series.replaceAll('.', '[.]')}[.]\\d+-(\\d+)-amd64)$`);
  const found = names.map((name) => form.exec(name)).filter((match) => match !== null);
  const newest = found.sort((a, b) => Number(a[2]) - Number(b[2])).at(-1)?.[1];
  if (newest === undefined) throw new Error(`apt knows no kernel ${series} for amd64 (apt-get update)`);
  return newest;
}
