/** Pins: names below /sys/fs/bpf that keep maps and links alive when the process that made them is gone. */
import { mkdirSync, readdirSync, rmSync, rmdirSync, statSync, statfsSync } from 'node:fs';
import { TidegateError } from '@tidegate/schemas';
import { libbpf, orThrow } from './libbpf.ts';
import { errorText, mountFilesystem } from './libc.ts';

/** Where pins are kept. */
export const bpffsRoot = '/sys/fs/bpf';
const bpffsMagic = 0xcafe4a11;
const noEntry = -2;

/** The pins of one instance. */
export interface PinFolder {
  names(): string[];
  /** Descriptor of what is pinned under a name; null where nothing is. */
  open(name: string): number | null;
  pin(fd: number, name: string): void;
  unpin(name: string): void;
  /** Removes every pin, and the folder where this user may: one that root made for it stays, empty. */
  remove(): void;
}

/** Opens or makes the folder, mounting bpffs where it is missing. Throws TG2001. */
export function openPinFolder(instance: string): PinFolder {
  ensureBpffs();
  const folder = pinPath(instance);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new TidegateError(
      'TG2001',
      `Cannot make ${folder}; it takes root, or a folder that the agent owns.`,
      { cause },
    );
  }
  return pinFolder(folder);
}

/** The folder where there is one; makes and mounts nothing. Throws EACCES where that is not ours to see. */
export function findPinFolder(instance: string): PinFolder | null {
  const folder = pinPath(instance);
  return statSync(folder, { throwIfNoEntry: false }) === undefined ? null : pinFolder(folder);
}

const pinPath = (instance: string): string => `${bpffsRoot}/${instance}`;

function pinFolder(folder: string): PinFolder {
  return {
    names: () => readdirSync(folder),
    open: (name) => {
      const fd = libbpf().openPin(`${folder}/${name}`);
      return fd === noEntry ? null : orThrow(fd, `open the pin ${folder}/${name}`);
    },
    pin: (fd, name) => void orThrow(libbpf().pin(fd, `${folder}/${name}`), `pin ${folder}/${name}`),
    unpin: (name) => {
      rmSync(`${folder}/${name}`, { force: true });
    },
    remove: () => {
      for (const name of readdirSync(folder)) rmSync(`${folder}/${name}`, { force: true });
      try {
        rmdirSync(folder);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code !== 'EACCES' && code !== 'EPERM') throw error;
      }
    },
  };
}

function ensureBpffs(): void {
  if (isBpffs()) return;
  const code = mountFilesystem('bpf', bpffsRoot);
  if (code === 0 && isBpffs()) return;
  throw new TidegateError(
    'TG2001',
    `No bpf file system at ${bpffsRoot} (${errorText(code)}): as root, mount -t bpf bpf ${bpffsRoot}.`,
  );
}

/** Whether the file system of pins is mounted. */
export function isBpffs(): boolean {
  try {
    return statfsSync(bpffsRoot).type === bpffsMagic;
  } catch {
    return false;
  }
}
