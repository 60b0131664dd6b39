/** Whether maps and links can be pinned, so that rules outlive a restart of the agent. */
import { ok, type Check } from '../check.ts';
import { hasCapability } from '../capability.ts';
import { withoutXdp } from '../fallback.ts';

export const bpffs: Check = {
  id: 'bpffs',
  title: 'bpf file system',
  needs: 'xdp',
  run: (context) => {
    const { host, instance } = context;
    if (!host.isBpffsMounted()) {
      return hasCapability(host.capabilities, 'CAP_SYS_ADMIN')
        ? ok('not mounted; the agent mounts it at /sys/fs/bpf')
        : withoutXdp(
            context,
            'not mounted at /sys/fs/bpf',
            'As root: mount -t bpf bpf /sys/fs/bpf (systemd does so at boot).',
          );
    }
    const folder = `/sys/fs/bpf/${instance}`;
    const { problem } = host.folder(folder);
    if (problem === null) return ok('mounted at /sys/fs/bpf');
    const { name } = host.user;
    return withoutXdp(
      context,
      `${name} cannot keep its pins in ${folder}: ${problem}`,
      `As root, at each boot: mkdir -p ${folder} && chown ${name} ${folder} && chmod o+x /sys/fs/bpf.`,
    );
  },
};
