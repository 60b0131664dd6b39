/** The datapath on the kernel of Debian 12, the oldest that it is promised for: booted, not guessed. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { fetchDebianKernel, type DebianKernel } from '../../testkit/qemu/debian-kernel.ts';
import { runInGuest } from '../../testkit/qemu/guest.ts';
import { objectPath } from '../bpf-object.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const minutes = 60_000;

function obstacle(): string | null {
  if (process.env['TIDEGATE_TEST_FULL'] !== '1')
    return 'it fetches the kernel of Debian (70 MB) and takes minutes: TIDEGATE_TEST_FULL=1';
  if (process.arch !== 'x64') return 'the guest is an amd64 machine';
  for (const [command, name] of [
    ['qemu-system-x86_64', 'qemu-system-x86'],
    ['busybox', 'busybox-static'],
    ['bpftool', 'bpftool'],
    ['apt-get', 'apt'],
  ] as const)
    if (spawnSync(command, ['--help']).error !== undefined) return `${command} is missing (Debian: ${name})`;
  return null;
}

const reason = obstacle();
if (reason !== null) console.log(`skipped: ${reason}`);

let kernel: DebianKernel;
beforeAll(() => {
  if (reason === null) kernel = fetchDebianKernel('6.1');
}, 5 * minutes);
beforeEach(({ skip }) => {
  skip(reason !== null, reason ?? '');
});

/** The verifier's words, or a suite's failures, are at the end. */
const lastOf = (output: string): string => `\n${output.slice(-8000)}`;

/** Vlan-less Ethernet without an IP packet in it: XDP_PASS. */
const look = `
set -e
uname -r
ip link add tg0 type veth peer name tg1
ip link set tg0 up
bpftool prog loadall ${objectPath('tidegate')} /sys/fs/bpf/tg
bpftool prog show
bpftool net attach xdpdrv pinned /sys/fs/bpf/tg/tidegate dev tg0
ip link show tg0
head -c 64 /dev/zero > /run/frame
bpftool prog run pinned /sys/fs/bpf/tg/tidegate data_in /run/frame repeat 1
`;

test(
  'the verifier takes the programs, a veth takes XDP natively, and a packet goes through',
  async () => {
    const { exitCode, output, bootMs } = await runInGuest(kernel, look, 5 * minutes);
    console.log(`Linux ${kernel.release} was up after ${bootMs} ms`);
    expect(exitCode, lastOf(output)).toBe(0);
    expect(output).toContain(kernel.release);
    expect(output).toMatch(/xdp\s+name tidegate\s/);
    expect(output).toMatch(/tg0@tg1: .* xdp /);
    expect(output).toMatch(/Return value: 2,/);
  },
  6 * minutes,
);

/** Run there as they are run here. */
const suites = [
  'agent/src/kernel/xdp/dispatcher.kernel.ts',
  'agent/src/capture/xdp/attachment.kernel.ts',
  'agent/src/actions/xdp/rules.kernel.ts',
];

test.each(suites)(
  '%s passes there',
  async (suite) => {
    // The guest's CPUs are translated: what takes a second here may take a minute there.
    const script = `cd ${root} && NO_COLOR=1 node_modules/.bin/vitest run --project kernel --testTimeout ${5 * minutes} --hookTimeout ${5 * minutes} ${suite} > /run/report 2>&1; code=$?; cat /run/report; exit $code`;
    const { exitCode, output } = await runInGuest(kernel, script, 20 * minutes);
    expect(exitCode, lastOf(output)).toBe(0);
    const passed = /Tests\s+(\d+) passed/.exec(output)?.[1];
    console.log(`${suite} on Linux ${kernel.release}: ${passed ?? 'no'} tests passed`);
    // A suite that finds an obstacle says so, and would pass without having tried anything.
    expect(output).not.toMatch(/^skipped: /m);
    expect(Number(passed)).toBeGreaterThan(0);
  },
  21 * minutes,
);
