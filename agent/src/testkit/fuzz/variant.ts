/**
 * The kernel program with a defect planted into its source, to see that the fuzz finds it. It is loaded over the maps
 * of a datapath, beside the true program, and attached nowhere.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { closeFd } from '../../kernel/libc.ts';
import { libbpf, orThrow } from '../../kernel/libbpf.ts';
import { openPinFolder } from '../../kernel/pins.ts';
import type { Datapath } from '../../kernel/xdp/index.ts';
import { mapSizes, pinnedMaps } from '../../kernel/xdp/maps.ts';

const sources = fileURLToPath(new URL('../../../bpf', import.meta.url));
const program = 'tidegate';

/** One textual change. */
export interface Defect {
  readonly name: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly right: string;
  readonly wrong: string;
}

export interface Variant {
  readonly programFd: number;
  close(): void;
}

/** Compiles and loads the program with a defect. Throws where the source no longer has the place. */
export function openVariant(defect: Defect, datapath: Datapath, instance: string): Variant {
  const folder = mkdtempSync(join(tmpdir(), `tg-${process.pid}-`));
  try {
    cpSync(sources, folder, { recursive: true });
    plant(folder, defect);
    return loadVariant(compile(folder), datapath, instance);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function plant(folder: string, { name, file, right, wrong }: Defect): void {
  const path = join(folder, file);
  const parts = readFileSync(path, 'utf8').split(right);
  if (parts.length !== 2) throw new Error(`${name}: ${file} has "${right}" ${parts.length - 1} times`);
  writeFileSync(path, parts.join(wrong));
}

/** As scripts/setup/bpf.mjs does it. */
function compile(folder: string): string {
  const machine = process.arch === 'arm64' ? ['aarch64', 'arm64'] : ['x86_64', 'x86'];
  const object = join(folder, `${program}.bpf.o`);
  execFileSync('clang', [
    ...['-O2', '-g', '-mcpu=v3', '-target', 'bpf', `-I/usr/include/${machine[0]}-linux-gnu`],
    ...[`-D__TARGET_ARCH_${machine[1]}`, '-c', join(folder, `${program}.bpf.c`), '-o', object],
  ]);
  return object;
}

function loadVariant(path: string, datapath: Datapath, instance: string): Variant {
  const bpf = libbpf();
  const object = bpf.objectOpen(path, null);
  if (object === null) throw new Error(`${path} cannot be read`);
  const pins = openPinFolder(instance);
  try {
    for (const [map, entries] of Object.entries(mapSizes(datapath)))
      orThrow(bpf.mapSetMaxEntries(found(bpf.findMap(object, map)), entries), `size the map ${map}`);
    for (const name of pinnedMaps) {
      const fd = pins.open(name);
      if (fd === null) throw new Error(`${name} is not pinned`);
      orThrow(bpf.mapReuseFd(found(bpf.findMap(object, name)), fd), `reuse the map ${name}`);
      closeFd(fd);
    }
    const wanted = found(bpf.findProgram(object, program));
    for (let each = bpf.nextProgram(object, null); each !== null; each = bpf.nextProgram(object, each))
      bpf.programSetAutoload(each, each === wanted);
    orThrow(bpf.objectLoad(object), `load ${path}`);
    const programFd = bpf.programFd(wanted);
    return {
      programFd,
      close: () => {
        bpf.objectClose(object);
      },
    };
  } catch (error) {
    bpf.objectClose(object);
    throw error;
  }
}

function found<Handle>(handle: Handle | null): Handle {
  if (handle === null) throw new Error('the variant lacks a map or a program');
  return handle;
}
