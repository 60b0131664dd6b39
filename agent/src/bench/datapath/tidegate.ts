/** Our own program with counting, sampling, ceilings and 64 rules on, read from as the agent does. */
import { createXdpRules } from '../../actions/xdp/index.ts';
import { openXdpSource } from '../../capture/xdp/index.ts';
import { counter } from '../../engine/types.ts';
import { createIndicatorLoader } from '../../kernel/xdp/indicators.ts';
import { interfaceIndex } from '../../kernel/libc.ts';
import { ceilingClasses, type CeilingClass, type Rate } from '../../kernel/xdp/index.ts';
import { xdpOn } from '../../kernel/xdp-link.ts';
import { inNamespace } from '../../testkit/frames/index.ts';
import { receivingInterface, type Lane } from './bed.ts';
import type { Contender } from './contender.ts';
import { prefix4, prefix6, ruleSet, type RuleSet } from './rules.ts';

const tickMs = 100;

const perSecond = 50_000_000;
/** A ceiling for everything that can have one, none of which is reached. */
const ceilings = Object.fromEntries(
  ceilingClasses.map((name) => [
    name,
    {
      perSecond: name === 'bytes' ? perSecond * 1000 : perSecond,
      unit: name === 'bytes' ? 'bytes' : 'packets',
    },
  ]),
) as Record<CeilingClass, Rate>;

export interface TidegateContender extends Contender {
  /** Puts the rules in force; after the warm-up, when the kernel knows the targets. */
  addRules(): Promise<void>;
  /** Packets that its counters have shown since it was opened. */
  counted(): number;
  /** Puts an indicator set into force; returns how long that took, ms. */
  loadIndicators(path: string): Promise<number>;
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
      forensicBytes: 16 * 2 ** 20,
      ceilings: [{ targets: [], limits: ceilings }],
      mode: 'native',
    }),
  );
  source.datapath.setSwitch('learnSources', true);
  const loader = createIndicatorLoader(source.datapath);
  let counted = 0;
  const read = (): void => {
    const { targets, uncountedPackets } = source.read();
    counted += targets.reduce((sum, { counts }) => sum + counts[counter.packets]!, uncountedPackets);
  };
  const reading = setInterval(read, tickMs);
  const close = (): void => {
    clearInterval(reading);
    loader.close();
    source.close({ keepRules: false });
  };
  return {
    name,
    lane,
    programId: inNamespace(lane.namespace, () => xdpOn(interfaceIndex(receivingInterface)).programId),
    addRules: async () => {
      read();
      const backend = createXdpRules(source.datapath);
      for (const rule of ruleSet(rules)) await backend.apply(rule);
    },
    counted: () => {
      read();
      return counted;
    },
    loadIndicators: async (path) => {
      const fromMs = performance.now();
      await loader.load(path);
      return performance.now() - fromMs;
    },
    close,
  };
}
