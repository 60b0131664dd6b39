/**
 * `xdp-filter` of Debian's xdp-tools as its users have it: all features, native mode, 64 entries.
 *
 * libxdp would put a dispatcher in front, which costs more (and which Linux 6.18 does not load from libxdp 1.3): the
 * environment asks it not to, so that the comparison is with the cheaper of the two.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { interfaceIndex } from '../../kernel/libc.ts';
import { xdpOn } from '../../kernel/xdp-link.ts';
import { inNamespace } from '../../testkit/frames/index.ts';
import { receivingInterface, type Lane } from './bed.ts';
import type { Contender } from './contender.ts';
import { amplifierPorts } from './rules.ts';

const pins = '/sys/fs/bpf/xdp-filter';
/** Left behind by libxdp. */
const libxdpFolder = '/sys/fs/bpf/xdp';

/** 16 ports, 24 and 8 addresses, 16 MAC addresses: of the mix, the ports alone match. */
const entries: readonly (readonly string[])[] = [
  ...amplifierPorts.map((port) => ['port', '--mode', 'src', '--proto', 'udp', String(port)]),
  ...numbered(24).map((host) => ['ip', '--mode', 'src', `198.18.7.${host}`]),
  ...numbered(8).map((host) => ['ip', '--mode', 'src', `2001:db8:dead::${host}`]),
  ...numbered(16).map((host) => ['ether', '--mode', 'src', `02:00:5e:00:53:${String(10 + host)}`]),
];

function numbered(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

export function openXdpFilter(lane: Lane): Contender {
  // Its pins have fixed names: what is there belongs to somebody else.
  if (existsSync(pins)) throw new Error(`xdp-filter is in use on this machine (${pins})`);
  const run = (...args: string[]): void => {
    execFileSync('nsenter', [`--net=/run/netns/${lane.namespace}`, 'xdp-filter', ...args], {
      env: { ...process.env, LIBXDP_SKIP_DISPATCHER: '1' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  };
  const hadFolder = existsSync(libxdpFolder);
  run('load', '--mode', 'native', '--policy', 'allow', '--features', 'all', receivingInterface);
  const close = (): void => {
    run('unload', receivingInterface);
    if (!hadFolder) removeIfEmpty(libxdpFolder);
  };
  try {
    for (const entry of entries) run(...entry);
    const { programId, mode } = inNamespace(lane.namespace, () => xdpOn(interfaceIndex(receivingInterface)));
    if (mode !== 'native') throw new Error(`xdp-filter is attached in ${mode} mode`);
    return { name: 'xdpFilter', lane, programId, close };
  } catch (error) {
    close();
    throw error;
  }
}

function removeIfEmpty(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
}
