import { describe, expect, it } from 'vitest';
import { forms } from '../validate/forms.generated.ts';
import { isLaterKey, isLaterValue, laterKinds } from './later.ts';

describe('what a later version will know', () => {
  it('is no kind of this version', () => {
    expect(laterKinds.filter((kind) => Object.hasOwn(forms, kind))).toEqual([]);
  });

  it('is told by its place, at any place in a list', () => {
    expect(isLaterKey('Playbook', '/spec/steps/12/scrub')).toBe(true);
    expect(isLaterKey('Playbook', '/spec/scrub')).toBe(false);
    expect(isLaterKey('Threshold', '/spec/steps/12/scrub')).toBe(false);
    expect(isLaterKey('Unknown', '/spec/notify')).toBe(false);
    expect(isLaterValue('PolicyTest', '/spec/never/0', 'scrub')).toBe(true);
    expect(isLaterValue('PolicyTest', '/spec/never/0', 'drop')).toBe(false);
    expect(isLaterValue('PolicyTest', '/spec/never/0', 7)).toBe(false);
  });
});
