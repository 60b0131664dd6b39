/** From what may be announced, and when, as it is written, to a bundle. */
import { blackholeCommunity, noExportCommunity } from '../bgp/index.ts';
import { formatAddress, parseAddress } from '../net/address.ts';
import type { CompiledCondition, CompiledFlowSpecPolicy } from '../shapes/index.ts';
import { amountOf } from './amount-of.ts';
import { policyDefaults } from './defaults.ts';
import type { ValidDocument } from './document.ts';
import { prefixes } from './prefixes.ts';

type Step = ValidDocument<'Playbook'>['spec']['steps'][number];

export const compileCondition = ({
  linkShare,
  packets,
  bits,
  scrub,
  for: lasting = policyDefaults.escalation.for,
}: NonNullable<Step['rtbh']>['when']): CompiledCondition => ({
  ...(linkShare === undefined ? {} : { linkShare: amountOf('share', linkShare) }),
  ...(packets === undefined ? {} : { packetsPerSecond: amountOf('packets/s', packets) }),
  ...(bits === undefined ? {} : { bitsPerSecond: amountOf('bits/s', bits) }),
  ...(scrub === undefined ? {} : { scrub }),
  forMs: amountOf('duration', lasting),
});

const { flowspecPolicy } = policyDefaults;

export function compileFlowSpecPolicy({
  name,
  spec,
}: ValidDocument<'FlowSpecPolicy'>): CompiledFlowSpecPolicy {
  const { speaker, owned, bounds = {}, communities = [], blackhole } = spec;
  const { routes, perMinute, length, length6, blackholed } = { ...flowspecPolicy, ...bounds };
  return {
    name,
    speaker: speaker ?? flowspecPolicy.speaker,
    owned: prefixes(owned),
    routesMax: routes,
    perMinute,
    lengthMin: length,
    lengthMin6: length6,
    blackholedShareMax: amountOf('share', blackholed),
    communities: [...communities],
    ...(blackhole === undefined ? {} : { blackhole: compileBlackhole(blackhole) }),
  };
}

const canonical = (address: string | undefined): string | null =>
  address === undefined ? null : formatAddress(parseAddress(address).bytes);

const compileBlackhole = ({
  nextHop,
  nextHop6,
  communities = [blackholeCommunity, noExportCommunity],
}: NonNullable<ValidDocument<'FlowSpecPolicy'>['spec']['blackhole']>): NonNullable<
  CompiledFlowSpecPolicy['blackhole']
> => ({ nextHop: canonical(nextHop), nextHop6: canonical(nextHop6), communities: [...communities] });
