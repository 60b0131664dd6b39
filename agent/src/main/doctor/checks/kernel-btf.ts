/** Whether the kernel describes its types, which the XDP program is fitted to. */
import { ok, type Check } from '../check.ts';
import { withoutXdp } from '../fallback.ts';

export const kernelBtf: Check = {
  id: 'kernel-btf',
  title: 'kernel BTF',
  needs: 'xdp',
  run: (context) =>
    context.host.exists('/sys/kernel/btf/vmlinux')
      ? ok('present')
      : withoutXdp(
          context,
          'there is no /sys/kernel/btf/vmlinux',
          'Boot a kernel that was built with CONFIG_DEBUG_INFO_BTF, as those of the distributions are.',
        ),
};
