/** Policies that random histories are told under. For tests. */
import type { CompiledStep } from '@tidegate/schemas';
import { bundle } from '../simulation.contract.ts';
import type { Policy } from './index.ts';

const ttlMs = 5000;
const stepWith = (via: 'xdp' | 'nftables' | 'auto') => ({
  action: 'drop' as const,
  via,
  ttlMs,
  mode: 'enforce' as const,
});
const announcing = (action: 'flowspec' | 'rtbh', forMs: number): CompiledStep => ({
  ...{ action, via: action, policy: 'edge', ttlMs, mode: 'enforce' },
  when: { bitsPerSecond: 1e9, forMs },
});
const scrubbing: CompiledStep = {
  ...{ action: 'scrub', via: 'scrubber', scrubber: 'wash', ttlMs, mode: 'enforce' },
  when: { bitsPerSecond: 1e9, forMs: 1000 },
};
const ladder: Policy = {
  ...bundle,
  playbooks: [
    {
      ...bundle.playbooks[0]!,
      steps: [stepWith('auto'), announcing('flowspec', 1000), announcing('rtbh', 2000)],
      probeMs: 3000,
    },
  ],
  flowspec: [
    {
      // One of the three addresses that are attacked is not ours to announce.
      ...{ name: 'edge', speaker: 'default', owned: ['203.0.113.2/31'], routesMax: 3, perMinute: 20 },
      ...{ lengthMin: 32, lengthMin6: 128, blackholedShareMax: 0.5, communities: [] },
      blackhole: { nextHop: '192.0.2.1', nextHop6: null, communities: [] },
    },
  ],
};
/** A blackhole only where the provider failed; another playbook has one in any case. */
const scrubber: Policy = {
  ...ladder,
  playbooks: [
    {
      ...ladder.playbooks[0]!,
      steps: [
        stepWith('auto'),
        scrubbing,
        { ...announcing('rtbh', 1000), when: { bitsPerSecond: 1e9, scrub: 'failed', forMs: 1000 } },
      ],
    },
    { ...ladder.playbooks[0]!, name: 'other', families: ['*'], steps: [announcing('rtbh', 1000)] },
  ],
  scrubbers: [
    {
      ...{ name: 'wash', owned: ['203.0.113.2/31'], length: 31, length6: 48, activeWithinMs: 60_000 },
      diversionsMax: 1,
      api: {
        type: 'http',
        start: { method: 'PUT', url: 'https://scrub.example/{id}', headers: {} },
        stop: { method: 'DELETE', url: 'https://scrub.example/{id}', headers: {} },
      },
    },
  ],
};
/** By number. One of the first two is in force at the start. */
export const policies: (Policy | null)[] = [
  ladder,
  scrubber,
  { ...bundle, playbooks: [{ ...bundle.playbooks[0]!, steps: [stepWith('auto')], probeMs: 5000 }] },
  {
    ...bundle,
    mode: 'observe',
    playbooks: [{ ...bundle.playbooks[0]!, steps: [stepWith('xdp'), stepWith('nftables')] }],
  },
  {
    ...bundle,
    playbooks: [
      {
        ...bundle.playbooks[0]!,
        steps: [
          { ...stepWith('auto'), limit: { unit: 'bits', perSecond: 8e6 } },
          { ...stepWith('xdp'), action: 'synproxy' },
          { ...stepWith('xdp'), action: 'synproxy', mode: 'observe' },
        ],
      },
    ],
  },
  {
    ...bundle,
    protect: ['203.0.113.0/32'],
    playbooks: [{ ...bundle.playbooks[0]!, steps: [stepWith('auto')] }],
  },
  null,
];
