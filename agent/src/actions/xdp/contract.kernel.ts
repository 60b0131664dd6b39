import { setTimeout as sleep } from 'node:timers/promises';
import type { XdpSource } from '../../capture/xdp/index.ts';
import { openWatch } from '../../testkit/frames/index.ts';
import { createXdpBed } from '../../testkit/xdp.ts';
import { ruleBackendContract, type ContractLab } from '../contract.ts';
import { createXdpRules } from './index.ts';

async function makeLab(): Promise<ContractLab> {
  const bed = createXdpBed('x');
  const watch = await openWatch(bed.pair).catch((error: unknown) => {
    bed.remove();
    throw error;
  });
  let source: XdpSource | undefined;
  return {
    targets: bed.pair.destination,
    sources: bed.pair.source,
    open: async () => {
      // A fresh process finds what the one before left pinned.
      source?.close({ keepRules: true });
      source = bed.open({ protect: ['198.51.100.0/24', '2001:db8::/64'] });
      return createXdpRules(source.datapath);
    },
    send: (packets) => watch.send(packets),
    wait: (ms) => sleep(ms),
    close: async () => {
      watch.close();
      bed.remove();
    },
  };
}

// A timer tick is at most 10 ms (CONFIG_HZ=100).
ruleBackendContract('xdp', makeLab, { expiryResolutionMs: 10 });
