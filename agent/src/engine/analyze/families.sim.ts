/**
 * Every family of the generator in a capture, with and without traffic from before, 30 % of the packets legitimate; and
 * captures of legitimate traffic alone. One draw each in a short run.
 */
import { expect, it } from 'vitest';
import { attackFamilies } from '../generator/index.ts';
import { analyse, capturePackets, fileOf } from './scene.contract.ts';

const isFull = process.env['TIDEGATE_TEST_FULL'] === '1';
const draws = isFull ? 10 : 1;
const benign = isFull ? 300 : 20;
const [quietMs, attackMs] = [2000, 1000];

/** Of an attack in pulses a report sees the pulses, and of several vectors it names the dominant one. */
function isNamed(family: string, report: ReturnType<typeof analyse>): boolean {
  if (family === 'pulse_wave') return report.family !== 'none';
  if (family === 'multi_vector') return report.vectors.length > 1;
  return report.family === family;
}

it('attacks are named', () => {
  const wrong = { before: [] as string[], alone: [] as string[] };
  for (const { name, isIpv4Only = false } of attackFamilies) {
    for (let draw = 0; draw < draws; draw++) {
      const seed = `analyze ${name} ${draw}`;
      const target = isIpv4Only || draw % 2 === 0 ? '203.0.113.10' : '2001:db8::10';
      const packets = capturePackets({ seed, target, family: name, quietMs, attackMs });
      const whole = analyse(fileOf(packets));
      const part = analyse(fileOf(packets.filter(({ atNs }) => atNs >= quietMs * 1e6)));
      if (!isNamed(name, whole)) wrong.before.push(`${seed} on ${target}: ${whole.family}`);
      if (!isNamed(name, part)) wrong.alone.push(`${seed} on ${target}: ${part.family}`);
    }
  }
  const allowed = Math.max(1, 0.03 * draws * attackFamilies.length);
  expect(wrong.before.slice(allowed)).toEqual([]);
  // Without traffic from before some of what is legitimate cannot be told apart.
  expect(wrong.alone.slice(2 * allowed)).toEqual([]);
}, 600_000);

it('legitimate traffic is not', () => {
  const named: string[] = [];
  for (let draw = 0; draw < benign; draw++) {
    const seed = `benign ${draw}`;
    const target = draw % 2 === 0 ? '203.0.113.10' : '2001:db8::10';
    const packets = capturePackets({
      seed,
      target,
      family: null,
      quietMs,
      attackMs: 0,
      packetsPerSecond: 500 + draw * 100,
    });
    const report = analyse(fileOf(packets));
    if (report.family !== 'none') named.push(`${seed}: ${report.family} on ${report.targets[0]?.target}`);
  }
  expect(named).toEqual([]);
}, 600_000);
