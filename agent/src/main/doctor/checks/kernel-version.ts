/** Whether the kernel is new enough for the XDP program. */
import { ok, type Check } from '../check.ts';
import { withoutXdp } from '../fallback.ts';

/** Multi-buffer XDP (`xdp.frags`), which the program is built with. */
const least = { major: 5, minor: 18 } as const;

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
