import { expect, it } from 'vitest';
import { Excesses } from './excesses.ts';

const above = (packets: string, threshold = 'default') => ({
  threshold,
  exceeded: [{ class: 'udp' as const, perSecond: 1000, packets }],
});

it('keeps what was above a ceiling until its incident is open, and hands it over once', () => {
  const excesses = new Excesses();
  excesses.add('203.0.113.1', above('5'));
  excesses.add('203.0.113.1', above('7', 'later'));
  excesses.add('203.0.113.2', above('1'));
  excesses.add('203.0.113.3', above('1'));
  excesses.forget('203.0.113.3');
  expect(excesses.take(() => false)).toEqual([]);
  const [first, ...others] = excesses.take((target) => target !== '203.0.113.2');
  expect(others).toEqual([]);
  expect(first).toEqual({
    target: '203.0.113.1',
    threshold: 'later',
    exceeded: [{ class: 'udp', perSecond: 1000, packets: 12n }],
  });
  excesses.clear();
  expect(excesses.take(() => true)).toEqual([]);
});
