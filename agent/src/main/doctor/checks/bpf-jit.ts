/** Whether the kernel translates eBPF programs to machine code. */
import { ok, skipped, warn, type Check } from '../check.ts';

const path = '/proc/sys/net/core/bpf_jit_enable';

export const bpfJit: Check = {
  id: 'bpf-jit',
  title: 'eBPF JIT',
  needs: 'xdp',
  run: ({ host }) => {
    const reading = host.read(path);
    // Namespaces other than the first do not show it.
    if (reading === 'absent') return skipped('this network namespace does not show it');
    if (reading === 'denied') return skipped(`${path} cannot be read`, 'Run doctor as root.');
    return reading.text.trim() === '0'
      ? warn('off', {
          meaning: 'Each packet is interpreted, which costs several times as much: the line fills earlier.',
          fix: 'sysctl -w net.core.bpf_jit_enable=1, and the same line in /etc/sysctl.d.',
        })
      : ok('on');
  },
};
