/** Whether rules can go into nftables, and whether our table there is ours. */
import { TidegateError } from '@tidegate/schemas';
import { ok, skipped, type Check } from '../check.ts';
import { hasCapability } from '../capability.ts';
import { withoutNftables } from '../fallback.ts';
import type { Host } from '../host/host.ts';
import { reasonOf } from '../../../ports.ts';

export const nftables: Check = {
  id: 'nftables',
  title: 'nftables',
  run: async (context) => {
    const { host, instance } = context;
    if (!hasCapability(host.capabilities, 'CAP_NET_ADMIN'))
      return skipped('this user may not ask', 'Run doctor as root.');
    if (!isLoadable(host)) return skipped('libnftables is missing');
    try {
      const table = await host.examineNftables(instance);
      if (table !== 'foreign')
        return ok(`usable; the table inet ${instance} is ${table === 'ours' ? 'there' : 'made when needed'}`);
      return withoutNftables(
        context,
        `the table inet ${instance} belongs to another program`,
        `Give this agent another instance name in its configuration; or, if nothing needs it: nft delete table inet ${instance}.`,
      );
    } catch (error) {
      const isKernel = error instanceof TidegateError && error.code === 'TG2003';
      return withoutNftables(
        context,
        reasonOf(error),
        isKernel
          ? 'Load what the kernel lacks (modprobe nf_tables), or use one with CONFIG_NF_TABLES_INET.'
          : 'Do what the reason says; without nftables, use via: xdp.',
      );
    }
  },
};

function isLoadable(host: Host): boolean {
  try {
    host.loadLibrary('libnftables.so.1');
    return true;
  } catch {
    return false;
  }
}
