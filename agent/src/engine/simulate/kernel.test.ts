import { describe, expect, it } from 'vitest';
import type { Bundle, CompiledCeiling } from '@tidegate/schemas';
import { buildTcp, buildUdp, countPacket, parsePacket, tcpFlag } from '../packet/index.ts';
import { bundle } from '../simulation.contract.ts';
import { counter, counterNames } from '../types.ts';
import type { CounterName, Reading, Sample } from '../types.ts';
import { VirtualKernel } from './kernel.ts';
import type { Passage } from './kernel.ts';

const target = '203.0.113.10';
const id = 'mit-0000000000000001';
const match = { destination: `${target}/32`, protocol: 17, sourcePorts: [{ from: 53, to: 53 }] };

const udp = (sourcePort: number, source = '198.51.100.7'): Uint8Array =>
  buildUdp({ source, destination: target, sourcePort, destinationPort: 9, payload: new Uint8Array(72) });
const syn = (flags: number = tcpFlag.syn): Uint8Array =>
  buildTcp({ source: '198.51.100.7', destination: target, sourcePort: 9, destinationPort: 443, flags });

/** A window of 100 ms in which each of these packets came `rate` times. */
function windowOf(number: number, packets: readonly (readonly [data: Uint8Array, rate: number])[]): Reading {
  const counts = new Float64Array(counterNames.length);
  const samples = packets.map(([data, rate]): Sample => {
    for (let left = rate; left > 0; left--) countPacket(counts, parsePacket(data)!);
    return { target, atNs: number * 100e6 - 1, length: data.length, rate, data };
  });
  return {
    ...{ atNs: number * 100e6, intervalNs: 100e6, targets: [{ target, counts }], samples },
    ...{ samplesLost: 0, uncountedPackets: 0 },
  };
}

const policy = (changes: Partial<Bundle> = {}): Bundle => ({ ...bundle, ...changes });
const held = (ceiling: CompiledCeiling, mode: Bundle['mode'] = 'enforce'): Bundle =>
  policy({ mode, thresholds: [{ ...bundle.thresholds[0]!, ceiling }] });

interface Struck {
  readonly passage: Passage | undefined;
  readonly count: (name: CounterName) => number;
}
function strike(kernel: VirtualKernel, reading: Reading): Struck {
  const [passage] = kernel.pass(reading);
  return { passage, count: (name) => reading.targets[0]!.counts[counter[name]]! };
}

describe('what was recorded of an earlier policy', () => {
  it('is forgotten: only what this one does counts', () => {
    const reading = windowOf(1, [[udp(53), 100]]);
    for (const name of ['droppedPackets', 'wouldDropPackets', 'ceilingPackets', 'aboveUdp'] as const)
      reading.targets[0]!.counts[counter[name]] = 77;
    const { passage, count } = strike(new VirtualKernel(policy()), reading);
    expect([
      passage,
      count('droppedPackets'),
      count('wouldDropPackets'),
      count('aboveUdp'),
      count('packets'),
    ]).toEqual([undefined, ...[0, 0, 0, 100]]);
  });
});

describe('a rule', () => {
  it('drops what the samples say, until its time is over', () => {
    const kernel = new VirtualKernel(policy());
    kernel.rules.set({ id, match, verdict: 'drop', ttlMs: 150 }, 0);
    const first = strike(
      kernel,
      windowOf(1, [
        [udp(53), 30],
        [udp(7), 10],
      ]),
    );
    expect([first.count('droppedPackets'), first.passage]).toMatchObject([
      30,
      { packets: 40, lost: 30, answered: 0 },
    ]);
    expect(kernel.rules.get(id, 100e6)).toMatchObject({ packets: 30 });
    // In force in a part of the window still.
    expect(strike(kernel, windowOf(2, [[udp(53), 30]])).count('droppedPackets')).toBe(30);
    expect(strike(kernel, windowOf(3, [[udp(53), 30]])).passage).toBeUndefined();
    expect(kernel.rules.get(id, 300e6)).toBeNull();
  });

  it('that only counts says what it would have dropped', () => {
    const kernel = new VirtualKernel(policy({ mode: 'observe' }));
    kernel.rules.set({ id, match, verdict: 'count', ttlMs: 1000 }, 0, { verdict: 'drop' });
    const { passage, count } = strike(
      kernel,
      windowOf(1, [
        [udp(53), 30],
        [udp(7), 10],
      ]),
    );
    expect([count('droppedPackets'), count('wouldDropPackets'), passage!.lost]).toEqual([0, 30, 30]);
  });

  it('with a limit lets pass what it allows, also where it only counts', () => {
    const limit = { perSecond: 100, unit: 'packets' } as const;
    const rule = { id, match, ttlMs: 1000 };
    const enforced = new VirtualKernel(policy());
    enforced.rules.set({ ...rule, verdict: 'limit', limit }, 0);
    expect(
      strike(
        enforced,
        windowOf(1, [
          [udp(53), 40],
          [udp(7), 40],
        ]),
      ).count('droppedPackets'),
    ).toBe(30);
    const observed = new VirtualKernel(policy({ mode: 'observe' }));
    observed.rules.set({ ...rule, verdict: 'count' }, 0, { verdict: 'limit', limit });
    const { count, passage } = strike(
      observed,
      windowOf(1, [
        [udp(53), 40],
        [udp(7), 40],
      ]),
    );
    expect([count('droppedPackets'), Math.round(passage!.lost)]).toEqual([0, 30]);
  });

  it('of a SYN proxy answers requests, and loses none of them', () => {
    const kernel = new VirtualKernel(policy());
    kernel.rules.set(
      { id, match: { destination: `${target}/32`, protocol: 6 }, verdict: 'synproxy', ttlMs: 1000 },
      0,
    );
    const { passage, count } = strike(
      kernel,
      windowOf(1, [
        [syn(), 30],
        [syn(tcpFlag.ack), 10],
      ]),
    );
    expect([count('droppedPackets'), passage!.lost, passage!.answered]).toEqual([30, 0, 30]);
  });

  it('spares the safelist and flows that nothing drops', () => {
    const flow = {
      name: 'dns',
      source: '192.0.2.0/24',
      protocol: 17,
      sourcePorts: { from: 53, to: 53 },
      packetsPerSecond: 1000,
    };
    const kernel = new VirtualKernel(policy({ safelist: ['198.51.100.0/24'], neverBlock: [flow] }));
    kernel.rules.set({ id, match: { destination: `${target}/32` }, verdict: 'drop', ttlMs: 1000 }, 0);
    const packets = [
      [udp(53), 1],
      [udp(53, '192.0.2.1'), 2],
      [udp(54, '192.0.2.1'), 4],
    ] as const;
    expect(strike(kernel, windowOf(1, packets)).count('droppedPackets')).toBe(4);
  });

  it('has room beside 63 others, and no more', () => {
    const { rules } = new VirtualKernel(policy());
    const rule = (number: number) => ({
      id: `mit-${number.toString(16).padStart(16, '0')}`,
      match,
      ttlMs: 1000,
      verdict: 'drop' as const,
    });
    for (let number = 0; number < 64; number++) rules.set(rule(number), 0);
    expect(() => {
      rules.set(rule(64), 0);
    }).toThrow(expect.objectContaining({ code: 'TG2003' }));
    rules.set(rule(63), 1e9);
    rules.set(rule(64), 1.5e9);
    expect(rules.active(1.5e9)).toHaveLength(2);
  });
});

describe('a blocklist', () => {
  it('drops its sources, in observe mode it would', () => {
    const blocklist = ['192.0.2.0/24'];
    const packets = [
      [udp(1, '192.0.2.1'), 3],
      [udp(1), 5],
    ] as const;
    const enforced = strike(new VirtualKernel(policy({ blocklist })), windowOf(1, packets));
    expect([enforced.count('droppedPackets'), enforced.passage!.lost]).toEqual([3, 3]);
    const observed = strike(new VirtualKernel(policy({ blocklist, mode: 'observe' })), windowOf(1, packets));
    expect([observed.count('droppedPackets'), observed.passage!.lost]).toEqual([0, 3]);
    // Windows without such a source are nobody's mitigation.
    expect(
      strike(new VirtualKernel(policy({ blocklist })), windowOf(1, [[udp(1), 5]])).passage,
    ).toBeUndefined();
  });
});

describe('a ceiling', () => {
  const limits = [{ class: 'udp', perSecond: 1000 }] as const;

  it('lets pass a burst and what may pass, and drops the rest', () => {
    const kernel = new VirtualKernel(held({ burstMs: 100, limits: [...limits] }));
    const dropped = [1, 2, 3].map((number) =>
      strike(kernel, windowOf(number, [[udp(7), 300]])).count('droppedPackets'),
    );
    // 100 of the burst and 100 of the rate, then the rate alone.
    expect(dropped).toEqual([100, 200, 200]);
    strike(kernel, windowOf(4, []));
    expect(strike(kernel, windowOf(5, [[udp(7), 300]])).count('droppedPackets')).toBe(100);
  });

  it('counts what was above, by class, and spreads it over the packets of the class', () => {
    const kernel = new VirtualKernel(held({ burstMs: 1, limits: [...limits] }));
    const { count, passage } = strike(
      kernel,
      windowOf(1, [
        [udp(7), 200],
        [syn(), 50],
      ]),
    );
    expect([count('aboveUdp'), count('ceilingPackets'), count('droppedPackets')]).toEqual([99, 99, 99]);
    const fates = passage!.seen.map(({ fate }) => fate.lost);
    expect(fates[0]).toBeCloseTo(99 / 200, 6);
    expect(fates[1]).toBe(0);
  });

  it('in observe mode drops nothing, and says what it would have', () => {
    const kernel = new VirtualKernel(held({ burstMs: 1, limits: [...limits] }, 'observe'));
    const { count, passage } = strike(kernel, windowOf(1, [[udp(7), 200]]));
    expect([
      count('droppedPackets'),
      count('wouldDropPackets'),
      count('aboveUdp'),
      Math.round(passage!.lost),
    ]).toEqual([...[0, 99, 99, 99]]);
  });

  it('has what the rules left, first by class and then in all', () => {
    const all = [...limits, { class: 'packets', perSecond: 1500 }] as const;
    const kernel = new VirtualKernel(held({ burstMs: 1, limits: [...all] }));
    kernel.rules.set({ id, match, verdict: 'drop', ttlMs: 1000 }, 0);
    const { count } = strike(
      kernel,
      windowOf(1, [
        [udp(53), 500],
        [udp(7), 200],
        [syn(), 100],
      ]),
    );
    expect(count('aboveUdp')).toBe(99);
    // 101 datagrams and 100 requests are left, of which 150 and the burst may pass.
    expect(count('abovePackets')).toBeGreaterThanOrEqual(49);
    expect(count('abovePackets')).toBeLessThanOrEqual(50);
    // Each is rounded on its own.
    expect(Math.abs(count('droppedPackets') - 500 - count('ceilingPackets'))).toBeLessThanOrEqual(1);
  });
});
