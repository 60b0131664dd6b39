import { families } from '@tidegate/schemas';
import { describe, expect, it } from 'vitest';
import { attackFamilies } from '../generator/index.ts';
import { counter } from '../types.ts';
import { scenarioWindows } from './scenario.ts';
import type { Scenario } from './scenario.ts';

const protect = ['203.0.113.0/24'];
const short = { packets: '20kpps', background: '200pps', duration: '200ms' } as const;
const make = (scenario: Scenario, prefixes: readonly string[] = protect) => [
  ...scenarioWindows(scenario, prefixes),
];

/** Packets/s to the first target in a window. */
const rate = ({ reading }: ReturnType<typeof make>[number]): number =>
  (reading.targets[0]?.counts[counter.packets] ?? 0) * 10;

describe('a scenario', () => {
  it('is quiet for half a minute, then the attack is on, then it is quiet again', () => {
    const windows = make({ attack: 'udp_flood', ...short });
    const attacked = windows.filter(({ labels }) => labels?.length !== 0);
    expect([windows.length, attacked.length]).toEqual([352, 2]);
    expect(windows.indexOf(attacked[0]!)).toBe(300);
    expect(attacked[0]!.labels).toEqual([{ target: '203.0.113.10', family: 'udp_flood' }]);
    for (const window of attacked) {
      expect(rate(window)).toBeGreaterThan(20_000);
      expect(rate(window)).toBeLessThan(21_000);
    }
    expect(Math.max(...windows.slice(0, 300).map(rate))).toBeLessThan(2000);
    expect(windows.every(({ reading }) => reading.samples.every(({ label }) => label !== undefined))).toBe(
      true,
    );
  });

  it('of a rate beyond what is made has packets that stand for several', () => {
    const [window] = make({ attack: 'syn_flood', ...short, packets: '1Mpps' }).slice(300);
    expect(rate(window!)).toBeGreaterThan(990_000);
    const sum = window!.reading.samples.reduce((all, sample) => all + sample.rate, 0);
    expect(sum / (rate(window!) / 10)).toBeGreaterThan(0.8);
    expect(sum / (rate(window!) / 10)).toBeLessThan(1.2);
  });

  it('may be a surge of the traffic itself, which has no label', () => {
    const windows = make({ attack: 'none', traffic: 'game', ...short });
    expect(rate(windows[301]!)).toBeGreaterThan(10_000);
    expect(windows.every(({ labels }) => labels?.length === 0)).toBe(true);
    expect(windows.every(({ reading }) => reading.samples.every(({ label }) => label === 'legitimate'))).toBe(
      true,
    );
  });

  it('is the same for the same seed, and another for another', () => {
    const given = { attack: 'ntp_amplification', ...short, background: '50pps' } as const;
    const first = JSON.stringify(make(given));
    expect(JSON.stringify(make(given))).toBe(first);
    expect(JSON.stringify(make({ ...given, seed: 2 }))).not.toBe(first);
  });

  it('has its target among what the group protects, also over IPv6', () => {
    const targetIn = (prefixes: readonly string[]): string | undefined =>
      make({ attack: 'udp_flood', ...short, background: '50pps' }, prefixes)[300]!.labels![0]!.target;
    expect(targetIn(['2001:db8:10::/48'])).toBe('2001:db8:10::a');
    expect(targetIn(['2001:db8:10::/48', '198.51.100.8/29'])).toBe('198.51.100.9');
    expect(targetIn(['198.51.100.7/32'])).toBe('198.51.100.7');
  });

  it('can be of every family that a policy may name', () => {
    expect(attackFamilies.map(({ name }) => name).sort()).toEqual([...families].sort());
  });

  it.each([
    'web',
    'api',
    'quic',
    'game',
    'voice',
    'dns',
    'vpn',
    'nat',
    'backup',
    'download',
    'speed-test',
    'mixed',
  ] as const)('has traffic of the kind %s', (traffic) => {
    let packets = 0;
    for (const { reading } of scenarioWindows({ attack: 'none', traffic, ...short }, protect)) {
      packets += reading.targets.reduce((sum, { counts }) => sum + counts[counter.packets]!, 0);
      if (packets > 500) return;
    }
    expect(packets).toBeGreaterThan(500);
  });
});
