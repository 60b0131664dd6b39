/** Whether this kernel takes our XDP program. */
import { ok, skipped, warn, type Check } from '../check.ts';
import { mayLoad } from '../capability.ts';
import { hasLibbpf, withoutXdp } from '../fallback.ts';
import { reasonOf } from '../../../ports.ts';

export const xdpProgram: Check = {
  id: 'xdp-program',
  title: 'XDP program',
  needs: 'xdp',
  run: (context) => {
    const { host } = context;
    if (!mayLoad(host.capabilities)) return skipped('this user may not load it', 'Run doctor as root.');
    if (!hasLibbpf(host)) return skipped('libbpf is missing');
    const program = context.program();
    if ('refusal' in program)
      return withoutXdp(
        context,
        reasonOf(program.refusal),
        'Do what the reason says; where it is the verifier that refuses, report it with this output.',
      );
    const { jitedBytes } = program;
    if (jitedBytes > 0) return ok(`the kernel takes it (${jitedBytes} bytes of machine code)`);
    return warn('the kernel takes it, and interprets it', {
      meaning: 'Each packet costs several times as much: the line fills earlier.',
      fix: 'sysctl -w net.core.bpf_jit_enable=1.',
    });
  },
};
