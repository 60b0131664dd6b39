import { describe, expect, it } from 'vitest';
import { linkNames, linkState } from './link.ts';
import { xdpFeatures } from './xdp-features.ts';

describe('linkState', () => {
  it('reads what the kernel says of an interface', () => {
    expect(linkNames()).toContain('lo');
    expect(linkState('lo')).toMatchObject({ index: 1, mtu: expect.any(Number) as number, driver: null });
    expect(linkState('lo')?.mtu).toBeGreaterThan(1000);
  });

  it('is null where there is none, also for a name that is too long', () => {
    expect(linkState('tg-none')).toBeNull();
    expect(linkState('a-name-of-more-than-15-letters')).toBeNull();
  });
});

describe('xdpFeatures', () => {
  it('knows that the loopback has no native XDP, where the kernel can be asked', () => {
    expect([null, { isNative: false, isMultiBuffer: false }]).toContainEqual(xdpFeatures(1));
  });

  it('is null for an interface that is not there', () => {
    expect(xdpFeatures(2 ** 30)).toBeNull();
  });
});
