/** Whether the kernel is new enough for the XDP program. */
import { ok, type Check } from '../check.ts';
import { withoutXdp } from '../fallback.ts';

/** The raw SYN-cookie helpers, which the program calls; its load is tried on 6.1 (kernel/qemu). */
const least = { major: 6, minor: 0 } as const;

export const kernelVersion: Check = {
  id: 'kernel-version',
  title: 'kernel',
  needs: 'xdp',
  run: (context) => {
    const { kernelRelease } = context.host;
    const [major = 0, minor = 0] = kernelRelease.split(/[^0-9]/).map(Number);
    return major > least.major || (major === least.major && minor >= least.minor)
      ? ok(`Linux ${kernelRelease}`)
      : withoutXdp(
          context,
          `Linux ${kernelRelease}; XDP takes ${least.major}.${least.minor} or later`,
          'Upgrade the kernel (Debian 12 has 6.1), or set capture.source: pcap.',
        );
  },
};
