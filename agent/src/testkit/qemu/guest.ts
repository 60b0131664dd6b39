/**
 * Another kernel under this machine's own files: QEMU boots it, the guest's root is this machine's root, and a script
 * runs there.
 *
 * Promises: this machine's files are only read (what the guest writes is in its memory); it needs no KVM, no disk image
 * and no network; it ends within the time that it is given. There is no address that reaches it.
 */
import { execFileSync, spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { DebianKernel } from './debian-kernel.ts';

export interface GuestRun {
  /** Null where the guest did not get to the end of the script. */
  readonly exitCode: number | null;
  /** From power on to the script, by the guest's own clock. */
  readonly bootMs: number;
  /** What the script wrote to stdout and stderr. */
  readonly output: string;
}

const memoryMiB = 2048;
const mark = 'tidegate-guest';

/** Runs a script of sh as root in a guest with this kernel. */
export async function runInGuest(kernel: DebianKernel, script: string, msMax: number): Promise<GuestRun> {
  const directory = mkdtempSync(join(tmpdir(), `tg-${process.pid}-guest-`));
  try {
    const file = join(directory, 'script.sh');
    writeFileSync(file, script);
    const initramfs = join(directory, 'initramfs.gz');
    buildInitramfs(kernel, join(directory, 'tree'), initramfs);
    const console = await boot(kernel, initramfs, file, msMax);
    return readConsole(console);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The firmware writes to the console too, in front of what the script writes. */
function readConsole(console: string): GuestRun {
  const text = console.replaceAll('\r', '');
  const found = new RegExp(`${mark} up ([0-9.]+)\n(.*?)(?:${mark} exit (\\d+)\n|$)`, 's').exec(text);
  if (found === null) throw new Error(`the guest did not come up:\n${text.slice(-4000)}`);
  const [, seconds, output = '', code] = found;
  return {
    exitCode: code === undefined ? null : Number(code),
    bootMs: Math.round(Number(seconds) * 1000),
    output,
  };
}

/** The console's text, also where the guest was cut off. */
async function boot(kernel: DebianKernel, initramfs: string, script: string, msMax: number): Promise<string> {
  const args = [
    // Translated, not run by KVM: that differs from host to host, and is often broken inside virtual machines.
    ...['-machine', 'q35,accel=tcg', '-cpu', 'max', '-smp', '2'],
    ...['-m', String(memoryMiB), '-nographic', '-no-reboot', '-nic', 'none'],
    ...['-kernel', kernel.image, '-initrd', initramfs],
    ...[
      '-append',
      `console=ttyS0 quiet panic=-1 mitigations=off tg.script=${script} tg.modules=${kernel.modules}`,
    ],
    ...['-virtfs', 'local,path=/,mount_tag=host,readonly=on,security_model=none,multidevs=remap'],
  ];
  const qemu = spawn('qemu-system-x86_64', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [qemu.stdout, qemu.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const patience = setTimeout(() => qemu.kill('SIGKILL'), msMax);
  await new Promise<void>((resolve, reject) => {
    qemu.once('close', () => {
      resolve();
    });
    qemu.once('error', reject);
  });
  clearTimeout(patience);
  return text;
}

/** Without the rest of the modules: those come from this machine's files once they are mounted. */
const bootModules = ['virtio_pci', '9pnet_virtio', '9p', 'overlay'] as const;

const init = `#!/bin/busybox sh
b=/bin/busybox
die() { echo "${mark}: $1"; $b poweroff -f; }
word() { $b sed -n "s/.*$1=\\([^ ]*\\).*/\\1/p" /proc/cmdline; }
$b mount -t devtmpfs none /dev && $b mount -t proc none /proc && $b mount -t sysfs none /sys || die mounts
for module in ${bootModules.join(' ')}; do $b modprobe $module || die $module; done
$b mount -t tmpfs none /memory && $b mkdir /memory/upper /memory/work || die memory
$b mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=262144,cache=loose host /host || die host
$b mount -t overlay -o lowerdir=/host,upperdir=/memory/upper,workdir=/memory/work none /root || die overlay
for folder in proc sys dev; do $b mount --bind /$folder /root/$folder || die $folder; done
$b mkdir -p /root/dev/shm /root/lib/modules
$b mount -t tmpfs none /root/run && $b mount -t tmpfs none /root/dev/shm && $b mount -t bpf none /root/sys/fs/bpf || die run
$b mount --bind "/root$(word tg.modules)" /root/lib/modules || die modules
# The kernel asks for modules by this path; the machine may have no kmod.
$b cp /bin/busybox /root/sbin/modprobe
$b ip link set lo up
script=$(word tg.script)
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb
$b cp /bin/busybox /root/run/busybox
$b cat > /root/run/first.sh <<END
echo ${mark} up \\$(cut -d ' ' -f 1 /proc/uptime)
sh $script 2>&1
echo ${mark} exit \\$?
/run/busybox poweroff -f
END
exec $b switch_root /root /bin/sh /run/first.sh
`;

function buildInitramfs(kernel: DebianKernel, tree: string, archive: string): void {
  for (const folder of ['bin', 'dev', 'proc', 'sys', 'memory', 'host', 'root'])
    mkdirSync(join(tree, folder), { recursive: true });
  copyFileSync(busybox(), join(tree, 'bin/busybox'));
  writeFileSync(join(tree, 'init'), init, { mode: 0o755 });
  const from = join(kernel.modules, kernel.release);
  const into = join(tree, 'lib/modules', kernel.release);
  for (const path of ['modules.dep', ...withDependencies(readFileSync(join(from, 'modules.dep'), 'utf8'))]) {
    mkdirSync(dirname(join(into, path)), { recursive: true });
    copyFileSync(join(from, path), join(into, path));
  }
  execFileSync('sh', ['-c', `find . | busybox cpio -o -H newc | gzip -1 > "$1"`, 'sh', archive], {
    cwd: tree,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function busybox(): string {
  const found = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path));
  if (found === undefined) throw new Error('busybox is missing (Debian: busybox-static)');
  return found;
}

/** Paths of the modules that the guest boots with. */
function withDependencies(modulesDep: string): Set<string> {
  const dependencies = new Map(
    modulesDep.split('\n').map((line) => {
      const [path = '', rest = ''] = line.split(':');
      return [path, rest.split(' ').filter(Boolean)];
    }),
  );
  const wanted = new Set<string>();
  const add = (path: string): void => {
    if (wanted.has(path)) return;
    wanted.add(path);
    for (const each of dependencies.get(path) ?? []) add(each);
  };
  for (const name of bootModules)
    for (const path of dependencies.keys()) if (path.endsWith(`/${name}.ko`)) add(path);
  return wanted;
}
