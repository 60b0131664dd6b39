import { setTimeout as sleep } from 'node:timers/promises';
import { createPair, inNamespace, openWatch } from '../../testkit/frames/index.ts';
import type { RuleBackend } from '../backend.ts';
import { ruleBackendContract, type ContractLab } from '../contract.ts';
import { openNftablesBackend } from './index.ts';

const instance = `tg-${process.pid}-c`;

async function makeLab(): Promise<ContractLab> {
  const pair = createPair('c');
  const watch = await openWatch(pair).catch((error: unknown) => {
    pair.remove();
    throw error;
  });
  const opened: RuleBackend[] = [];
  return {
    targets: pair.destination,
    sources: pair.source,
    open: async () => {
      const backend = await inNamespace(pair.destination.namespace, () =>
        openNftablesBackend({ instance, safelist: [] }),
      );
      opened.push(backend);
      return backend;
    },
    send: (packets) => watch.send(packets),
    wait: (ms) => sleep(ms),
    close: async () => {
      for (const backend of opened) backend.close();
      watch.close();
      pair.remove();
    },
  };
}

ruleBackendContract('nftables', makeLab, { expiryResolutionMs: 1000 });
