/** A notification of an incident in the middle of its life, for tests. */
import type { Notification } from '@tidegate/schemas';

export const sample = (changes: Partial<Notification> = {}): Notification => ({
  schema: 'tidegate/notification/v1',
  id: 'inc-00112233445566aa-opened-1',
  occasion: 'opened',
  at: '2026-01-31T03:04:05.700Z',
  node: 'web-1',
  group: 'web',
  mode: 'enforce',
  policy: '4b825dc642cb6eb9a060e54bf8d69288fbee4904',
  incident: 'inc-00112233445566aa',
  target: '203.0.113.10',
  family: 'dns_amplification',
  confidence: 0.97,
  openedAt: '2026-01-31T03:04:05.678Z',
  closedAt: null,
  summary: 'dns_amplification on 203.0.113.10 (confidence 97 %), 41.2 kpps; 1 rule asked for',
  measured: ['203.0.113.10 receives 41.2 kpps over 100 ms; the floor of threshold "default" is 20 kpps'],
  named: ['they are DNS answers', '1,400 bytes in the mean'],
  answered: [{ at: '2026-01-31T03:04:05.712Z', text: 'mit-0123456789abcdef takes effect' }],
  undo: 'tidegate-agent release inc-00112233445566aa',
  explain: 'tidegate-agent explain inc-00112233445566aa',
  others: [],
  ...changes,
});

/** As long as the shape allows. */
export const longest = (changes: Partial<Notification> = {}): Notification =>
  sample({
    target: '2001:0db8:0113:0113:0113:0113:0113:0113/128',
    family: `f${'a'.repeat(47)}`,
    node: 'n'.repeat(63),
    group: 'g'.repeat(63),
    summary: '<&*_>'.repeat(120),
    measured: Array.from({ length: 64 }, (_, index) => `${index} `.padEnd(600, '_<&>*')),
    named: Array.from({ length: 64 }, (_, index) => `${index} `.padEnd(600, 'ü')),
    answered: Array.from({ length: 64 }, () => ({
      at: '2026-01-31T03:04:05.712Z',
      text: 'x'.repeat(1200),
    })),
    others: Array.from({ length: 256 }, () => ({
      incident: 'inc-00112233445566aa',
      target: '203.0.113.11',
      family: 'udp_flood',
      occasion: 'opened' as const,
    })),
    ...changes,
  });
