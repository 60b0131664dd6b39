import { describe, expect, it } from 'vitest';
import { isLaterKey, isLaterValue } from './later.ts';

describe('what a later version will know', () => {
  it('is told by its place, at any place in a list', () => {
    expect(isLaterKey('Playbook', '/spec/steps/12/capture')).toBe(true);
    expect(isLaterKey('Playbook', '/spec/capture')).toBe(false);
    expect(isLaterKey('Threshold', '/spec/steps/12/capture')).toBe(false);
    expect(isLaterKey('Unknown', '/spec/notify')).toBe(false);
    expect(isLaterValue('Playbook', '/spec/steps/0/drop/via', 'iptables')).toBe(true);
    expect(isLaterValue('Playbook', '/spec/steps/0/drop/via', 'xdp')).toBe(false);
    expect(isLaterValue('Playbook', '/spec/steps/0/drop/via', 7)).toBe(false);
  });
});
