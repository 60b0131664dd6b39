import { setTimeout as sleep } from 'node:timers/promises';
import { openXdpSource, type XdpSource } from '../../capture/xdp/index.ts';
import { createPair, inNamespace, openWatch } from '../../testkit/frames/index.ts';
import { ruleBackendContract, type ContractLab } from '../contract.ts';
import { createXdpRules } from './index.ts';

const instance = `tg-${process.pid}-x`;

async function makeLab(): Promise<ContractLab> {
  const pair = createPair('x');
  const watch = await openWatch(pair).catch((error: unknown) => {
    pair.remove();
    throw error;
  });
  let source: XdpSource | undefined;
  return {
    targets: pair.destination,
    sources: pair.source,
    open: async () => {
      // A fresh process finds what the one before left pinned.
      source?.close({ keepRules: true });
      source = inNamespace(pair.destination.namespace, () =>
        openXdpSource({
          instance,
          interfaces: [pair.interfaceName],
          protect: ['198.51.100.0/24', '2001:db8::/64'],
          safelist: [],
          targetsMax: 64,
          samplesPerSecondMax: 1000,
          mode: 'auto',
        }),
      );
      return createXdpRules(source.datapath);
    },
    send: (packets) => watch.send(packets),
    wait: (ms) => sleep(ms),
    close: async () => {
      source?.close({ keepRules: false });
      watch.close();
      pair.remove();
    },
  };
}

// A timer tick is at most 10 ms (CONFIG_HZ=100).
ruleBackendContract('xdp', makeLab, { expiryResolutionMs: 10 });
