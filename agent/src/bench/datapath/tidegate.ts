/** Our own program with counting, sampling and 64 rules on, read from as the agent does. */
import { createXdpRules } from '../../actions/xdp/index.ts';
import { openXdpSource } from '../../capture/xdp/index.ts';
import { interfaceIndex } from '../../kernel/libc.ts';
import { xdpOn } from '../../kernel/xdp-link.ts';
import { inNamespace } from '../../testkit/frames/index.ts';
import { receivingInterface, type Lane } from './bed.ts';
import type { Contender } from './contender.ts';
import { prefix4, prefix6, ruleSet, type RuleSet } from './rules.ts';

const tickMs = 100;

export interface TidegateContender extends Contender {
  /** Puts the rules in force; after the warm-up, when the kernel knows the targets. */
  addRules(): Promise<void>;
}

export function openTidegate(name: string, lane: Lane, rules: RuleSet): TidegateContender {
  const source = inNamespace(lane.namespace, () =>
    openXdpSource({
      instance: `tg-${process.pid}-${name}`,
      interfaces: [receivingInterface],
      protect: [prefix4, prefix6],
      safelist: ['198.51.100.0/24', '192.0.2.1/32', '2001:db8:99::/48', '2001:db8:98::1/128'],
      targetsMax: 4096,
      samplesPerSecondMax: 5000,
      mode: 'native',
    }),
  );
  const reading = setInterval(() => source.read(), tickMs);
  const close = (): void => {
    clearInterval(reading);
    source.close({ keepRules: false });
  };
  return {
    name,
    lane,
    programId: inNamespace(lane.namespace, () => xdpOn(interfaceIndex(receivingInterface)).programId),
    addRules: async () => {
      source.read();
      const backend = createXdpRules(source.datapath);
      for (const rule of ruleSet(rules)) await backend.apply(rule);
    },
    close,
  };
}
