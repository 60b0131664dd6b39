// The Debian packages that Tidegate builds with and runs on. Looked for by what they bring rather than by name, so
// that a clang or a git from elsewhere counts too.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run, SetupError } from './command.mjs';
import { counted } from './counted.mjs';

const triplet = `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
const folders = {
  // Debian keeps nft and ip out of the PATH of ordinary users.
  command: [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'],
  header: ['/usr/include', `/usr/include/${triplet}`, '/usr/local/include'],
  library: [`/usr/lib/${triplet}`, `/lib/${triplet}`, '/usr/lib64', '/usr/lib', '/usr/local/lib'],
};

/**
 * @typedef {object} DebianPackage
 * @property {string} name
 * @property {'all' | 'kernel' | 'pcap'} for what cannot be done without it: anything at all; capture, drops and
 *   kernel tests; the libpcap capture source
 * @property {keyof typeof folders} kind of the file that shows that it is there
 * @property {string} file
 * @property {string} [service] that Debian starts with it, and that nobody asked for
 */

/** @type {DebianPackage[]} */
export const debianPackages = [
  // Policy and audit live in git repositories.
  { name: 'git', for: 'all', kind: 'command', file: 'git' },
  // The certificates of test controllers.
  { name: 'openssl', for: 'all', kind: 'command', file: 'openssl' },
  // The eBPF programs: compiler, headers, and the library that loads them.
  { name: 'clang', for: 'kernel', kind: 'command', file: 'clang' },
  { name: 'libbpf-dev', for: 'kernel', kind: 'header', file: 'bpf/bpf_helpers.h' },
  { name: 'libbpf1', for: 'kernel', kind: 'library', file: 'libbpf.so.1' },
  // Firewall rules: the library in the agent, the command for people and tests.
  { name: 'nftables', for: 'kernel', kind: 'command', file: 'nft' },
  { name: 'libnftables1', for: 'kernel', kind: 'library', file: 'libnftables.so.1' },
  // Hosts in network namespaces and the pings between them: demo and kernel tests.
  { name: 'iproute2', for: 'kernel', kind: 'command', file: 'ip' },
  { name: 'iputils-ping', for: 'kernel', kind: 'command', file: 'ping' },
  // Other XDP programs to live with: the library that shares an interface, and programs that use it.
  { name: 'libxdp1', for: 'kernel', kind: 'library', file: 'libxdp.so.1' },
  { name: 'xdp-tools', for: 'kernel', kind: 'command', file: 'xdp-filter' },
  // Opens capture files in the kernel tests, as people do; brings capinfos along.
  { name: 'tshark', for: 'kernel', kind: 'command', file: 'tshark' },
  // Makes captures of every kind of interface, that `tidegate analyze` must be able to read.
  { name: 'tcpdump', for: 'kernel', kind: 'command', file: 'tcpdump' },
  // BGP speakers to announce rules to, and to compare them with.
  { name: 'gobgpd', for: 'kernel', kind: 'command', file: 'gobgpd', service: 'gobgpd' },
  { name: 'bird2', for: 'kernel', kind: 'command', file: 'bird', service: 'bird' },
  // npm compiles the binding to libpcap.
  { name: 'libpcap-dev', for: 'pcap', kind: 'header', file: 'pcap.h' },
  { name: 'make', for: 'pcap', kind: 'command', file: 'make' },
  { name: 'g++', for: 'pcap', kind: 'command', file: 'g++' },
  { name: 'python3', for: 'pcap', kind: 'command', file: 'python3' },
];

/** @param {DebianPackage} item */
function isThere({ kind, file }) {
  return folders[kind].some((folder) => existsSync(join(folder, file)));
}

export function missingPackages() {
  return debianPackages.filter((item) => !isThere(item));
}

/**
 * What to do about missing packages: install them, go on with less, or stop.
 *
 * @param {DebianPackage[]} missing
 * @param {{ asRoot: boolean, apt: boolean }} host
 * @returns {{ install: string[] } | { note: string } | { error: string }}
 */
export function decide(missing, { asRoot, apt }) {
  const names = missing.map(({ name }) => name);
  if (names.length === 0 || (asRoot && apt)) return { install: names };
  const command = `${asRoot ? '' : 'sudo '}apt-get install ${names.join(' ')}`;
  // As root the demo and the tests use the kernel: going on without its tools would fail later and less clearly.
  if (asRoot || missing.some((item) => item.for === 'all'))
    return { error: `set-up: please install first: ${command}` };
  return { note: `set-up: going on without the kernel part; for all of it: ${command}` };
}

export function debianStep() {
  const decision = () =>
    decide(missingPackages(), { asRoot: process.getuid?.() === 0, apt: existsSync('/usr/bin/apt-get') });
  return {
    needed() {
      const now = decision();
      if ('error' in now) throw new SetupError(now.error);
      return 'install' in now && now.install.length > 0
        ? counted(now.install.length, 'Debian package')
        : undefined;
    },
    note() {
      const now = decision();
      return 'note' in now ? now.note : undefined;
    },
    async run() {
      const now = decision();
      if (!('install' in now)) return;
      const env = { DEBIAN_FRONTEND: 'noninteractive' };
      await run('apt-update', ['apt-get', 'update'], env);
      const services = missingPackages().flatMap(({ service }) => (service === undefined ? [] : [service]));
      await run('apt-install', ['apt-get', 'install', '-y', '--no-install-recommends', ...now.install], env);
      // Programs for tests: as services they would listen on this machine. Without systemd none was started.
      if (services.length > 0 && existsSync('/run/systemd/system'))
        await run('services', ['systemctl', 'disable', '--now', ...services]);
    },
  };
}
