// The eBPF objects: every agent/bpf/**/NAME.bpf.c becomes agent/dist/bpf/NAME.bpf.o.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { run } from './command.mjs';
import { counted } from './counted.mjs';
import { missingPackages } from './debian.mjs';
import { root } from './paths.mjs';
import { digest, filesBelow, readIfThere, writeStamp } from './stamp.mjs';

const sources = join(root, 'agent/bpf');
const output = join(root, 'agent/dist/bpf');

const target =
  process.arch === 'arm64' ? { uname: 'aarch64', define: 'arm64' } : { uname: 'x86_64', define: 'x86' };
const flags = [
  ...['-O2', '-g', '-mcpu=v3', '-target', 'bpf', '-Wall', '-Werror'],
  // Without a multiarch target clang does not look where Debian keeps asm/types.h.
  `-I/usr/include/${target.uname}-linux-gnu`,
  `-D__TARGET_ARCH_${target.define}`,
];

/**
 * The objects and what each is made from. A change in any header rebuilds all: there are few, and each takes a
 * fraction of a second.
 */
function objects() {
  const headers = filesBelow(sources, (name) => name.endsWith('.h')).map((path) =>
    readFileSync(path, 'utf8'),
  );
  return filesBelow(sources, (name) => name.endsWith('.bpf.c')).map((source) => {
    const object = join(output, basename(source).replace(/\.c$/, '.o'));
    const made = digest([...flags, readFileSync(source, 'utf8'), ...headers]);
    return { source, object, stamp: `${object}.stamp`, made };
  });
}

/** Objects whose source is gone or has changed would otherwise be loaded as if they were current. */
function staleObjects() {
  const current = new Set(objects().map(({ object }) => object));
  return filesBelow(output, (name) => name.endsWith('.bpf.o')).filter((path) => !current.has(path));
}

function outdated() {
  return objects().filter(({ object, stamp, made }) => !existsSync(object) || readIfThere(stamp) !== made);
}

export function bpfStep() {
  return {
    needed() {
      // Without a compiler the kernel part is off, and the set-up has already said so.
      const compiler = new Set(['clang', 'libbpf-dev']);
      if (missingPackages().some(({ name }) => compiler.has(name))) return undefined;
      const changes = outdated().length + staleObjects().length;
      return changes > 0 ? counted(changes, 'eBPF object') : undefined;
    },
    async run() {
      mkdirSync(output, { recursive: true });
      for (const path of staleObjects())
        for (const file of [path, `${path}.stamp`]) rmSync(file, { force: true });
      for (const { source, object, stamp, made } of outdated()) {
        rmSync(stamp, { force: true });
        await run('clang', ['clang', ...flags, '-c', relative(root, source), '-o', relative(root, object)]);
        writeStamp(stamp, made);
      }
    },
  };
}
