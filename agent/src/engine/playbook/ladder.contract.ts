/** A desk with routers and a scrubbing provider in front. For tests. */
import type { CompiledFlowSpecPolicy, CompiledStep } from '@tidegate/schemas';
import { bundle } from '../simulation.contract.ts';
import { Desk, flood, playbook, target, ttlMs } from './desk.contract.ts';
import type { Command, Detected, Policy } from './index.ts';

export const edge: CompiledFlowSpecPolicy = {
  ...{ name: 'edge', speaker: 'default', owned: ['203.0.113.0/24'], routesMax: 8, perMinute: 8 },
  ...{ lengthMin: 32, lengthMin6: 128, blackholedShareMax: 0.05, communities: ['65001:100'] },
  blackhole: { nextHop: '192.0.2.1', nextHop6: null, communities: ['65535:666'] },
};
export const drop: CompiledStep = { action: 'drop', via: 'auto', ttlMs, mode: 'enforce' };
export const flowspec: CompiledStep = {
  ...{ action: 'flowspec', via: 'flowspec', policy: 'edge', ttlMs, mode: 'enforce' },
  when: { linkShare: 0.6, forMs: 10_000 },
};
export const rtbh: CompiledStep = {
  ...{ action: 'rtbh', via: 'rtbh', policy: 'edge', ttlMs, mode: 'enforce' },
  when: { linkShare: 0.95, forMs: 30_000 },
};
export const policyOf = (steps: readonly CompiledStep[], policies = [edge]): Policy => ({
  ...bundle,
  playbooks: [{ ...playbook!, families: ['*'], steps: [...steps] }],
  flowspec: policies,
});
export const match = flood.match!;
export const forecast = { matches: [match], collateral: 0.01, samples: 400 };
export const forecasts: Detected['forecasts'] = { xdp: forecast, nftables: forecast, flowspec: forecast };

/** A desk with routers in front. Each attack comes with what routers could be given. */
export class Ladder extends Desk {
  constructor(steps: readonly CompiledStep[] = [drop, flowspec, rtbh], policies = [edge]) {
    super(policyOf(steps, policies), ['xdp', 'nftables', 'flowspec', 'scrubber', 'rtbh']);
  }

  /** Detected, dropped here and seen to take effect. */
  begun(found = forecasts): this {
    this.attack({}, 'B', found);
    const { id } = this.install.rule;
    this.tell({ type: 'receipt', id, level: 'installed', rule: this.seen(id) });
    this.tell({ type: 'receipt', id, level: 'effective', rule: this.seen(id) });
    return this;
  }

  /** So many seconds in which a share of the link arrives. */
  under(linkShare: number, seconds: number): Command[] {
    const said: Command[] = [];
    for (let half = 0; half < seconds * 2; half++) {
      said.push(...this.wait(500));
      said.push(...this.tell({ type: 'pressure', target, ...rates, linkShare }));
    }
    return said;
  }

  advertised(): string {
    const { id } = this.install.rule;
    this.tell({ type: 'receipt', id, level: 'advertised', rule: this.seen(id) });
    return id;
  }
}
const rates = { packetsPerSecond: 200_000, bitsPerSecond: 8e8 };
export const installs = (commands: readonly Command[]) =>
  commands.flatMap((one) => (one.type === 'install' ? [one] : []));

export const removals = (commands: readonly Command[]) =>
  commands.flatMap((one) => (one.type === 'remove' ? [one.backend] : []));
