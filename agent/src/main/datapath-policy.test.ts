import type { CompiledCeiling } from '@tidegate/schemas';
import { describe, expect, it } from 'vitest';
import { bundle } from '../engine/simulation.contract.ts';
import { beyondPcap, datapathPolicyOf } from './datapath-policy.ts';

const [threshold] = bundle.thresholds;
const ceiling: CompiledCeiling = {
  burstMs: 200,
  limits: [
    { class: 'packets', perSecond: 3e6 },
    { class: 'bits', perSecond: 8e9 },
    { class: 'syn', perSecond: 1 },
    { class: 'tcp', perSecond: 2 },
    { class: 'udp', perSecond: 3 },
    { class: 'icmp', perSecond: 4 },
    { class: 'fragments', perSecond: 5 },
    { class: 'other', perSecond: 6 },
  ],
};
const held = { ...threshold!, ceiling };
const packets = (perSecond: number) => ({ unit: 'packets', perSecond, burstMs: 200 });

describe('datapathPolicyOf', () => {
  it('has no ceilings and no tunnels where the bundle has none', () => {
    expect(datapathPolicyOf(bundle, false)).toEqual({
      protect: bundle.protect,
      safelist: [],
      ceilings: [],
      observe: false,
      decapsulate: { gre: false, ip: false },
    });
  });

  it('names every class as the kernel does, with bits as bytes', () => {
    expect(datapathPolicyOf({ ...bundle, thresholds: [held] }, false).ceilings).toEqual([
      {
        targets: [],
        limits: {
          packets: packets(3e6),
          bytes: { unit: 'bytes', perSecond: 1e9, burstMs: 200 },
          ...{ tcpSyn: packets(1), tcp: packets(2), udp: packets(3) },
          ...{ icmp: packets(4), fragment: packets(5), other: packets(6) },
        },
      },
    ]);
  });

  it('keeps a threshold without a ceiling from one for a wider prefix', () => {
    const free = { ...threshold!, name: 'free', targets: ['203.0.113.20/32'] };
    expect(datapathPolicyOf({ ...bundle, thresholds: [held, free] }, false).ceilings?.[1]).toEqual({
      targets: ['203.0.113.20/32'],
      limits: {},
    });
  });

  it('drops nothing in observe mode, and nothing while stop-all is in force', () => {
    expect(datapathPolicyOf({ ...bundle, mode: 'observe' }, false).observe).toBe(true);
    expect(datapathPolicyOf(bundle, true).observe).toBe(true);
  });

  it('looks into the tunnels that are named', () => {
    const { decapsulate } = datapathPolicyOf({ ...bundle, decapsulate: ['ipip'] }, false);
    expect(decapsulate).toEqual({ gre: false, ip: true });
  });
});

describe('beyondPcap', () => {
  it('says nothing where libpcap and nftables are enough', () => {
    expect(beyondPcap(bundle)).toEqual([]);
  });

  it('names what takes XDP', () => {
    const [playbook] = bundle.playbooks;
    const [step] = playbook!.steps;
    const limited = { ...step!, limit: { unit: 'packets' as const, perSecond: 1000 } };
    const asked = {
      ...bundle,
      thresholds: ['a', 'b', 'c', 'd', 'e'].map((name) => ({ ...held, name })),
      playbooks: [{ ...playbook!, steps: [limited] }],
      neverBlock: [
        {
          ...{ name: 'bgp', source: '192.0.2.1/32', protocol: 6, packetsPerSecond: 1000 },
          destinationPorts: { from: 179, to: 179 },
        },
      ],
      blocklist: ['198.51.100.0/25', '198.51.100.128/32'],
      decapsulate: ['gre' as const],
    };
    expect(beyondPcap(asked)).toEqual([
      'without XDP no ceiling is held: a, b, c and 2 more',
      'without XDP the steps with a limit or a SYN proxy are refused: floods',
      'without XDP no flow is kept from the rules: bgp',
      'without XDP the blocklist drops nothing: 198.51.100.0/25, 198.51.100.128/32',
      'without XDP traffic inside gre is not looked into',
    ]);
  });
});
