/** NotificationChannels on their way from YAML to a bundle: mistakes and their places, and who is told. */
import { describe, expect, it } from 'vitest';
import { documentsOf, findingsOf, samplePolicy, sampleWith, summary } from '../testkit/policy-sample.ts';
import { compileBundle } from './compile.ts';

const identity = {
  epoch: 1,
  commit: '0'.repeat(40),
  issuedAt: '2026-01-31T03:04:05.678Z',
  expiresAt: '2026-02-07T03:04:05.678Z',
};
/** A channel behind the sample: its name is on line 38, its spec on line 39. */
const channel = (spec: string, name = 'oncall'): string => `---
apiVersion: tidegate/v1
kind: NotificationChannel
metadata: { name: ${name} }
spec: ${spec}
`;
const mail = 'host: mail.example.org, from: a@example.org, to: [b@example.org]';
const notified = (names: string, text = samplePolicy): string =>
  sampleWith('  release:', `  notify: [${names}]\n  release:`, text);

describe('mistakes in a NotificationChannel', () => {
  it.each([
    ['no destination', '{ perMinute: 5 }', '39:7 channel-destination /spec → nothing'],
    [
      'two destinations',
      '{ discord: { url: env:A }, slack: { url: env:B } }',
      '39:7 channel-destination /spec → nothing',
    ],
    [
      'a user without a password',
      `{ email: { ${mail}, user: me } }`,
      '39:16 channel-destination /spec/email → nothing',
    ],
    [
      'a webhook over plain http',
      '{ webhook: { url: "http://hooks.example.org/" } }',
      '39:25 channel-url /spec/webhook/url → nothing',
    ],
    [
      'a key in an address',
      '{ pagerduty: { routingKey: env:K, url: "https://a:b@example.org/" } }',
      '39:46 channel-url /spec/pagerduty/url → nothing',
    ],
    [
      'an address that is none',
      '{ opsgenie: { apiKey: env:K, url: "https://[::/" } }',
      '39:41 channel-url /spec/opsgenie/url → nothing',
    ],
    [
      'mail in clear text',
      `{ email: { ${mail}, security: none } }`,
      '39:94 channel-url /spec/email/security → starttls',
    ],
  ])('%s is one finding', (_, spec, expected) => {
    expect(summary(findingsOf(samplePolicy + channel(spec)))).toEqual([expected]);
  });

  it('a secret in clear text is refused', () => {
    const [finding] = findingsOf(samplePolicy + channel('{ slack: { url: "https://hooks.slack.com/x" } }'));
    expect(finding).toMatchObject({ path: '/spec/slack/url', severity: 'error' });
  });

  it('a name that is not there is told where it stands', () => {
    const text = notified('oncal') + channel('{ discord: { url: env:A } }');
    const [finding] = findingsOf(text);
    expect(finding).toMatchObject({ rule: 'unknown-channel', path: '/spec/notify/0', suggestion: 'oncall' });
    expect(finding?.message).toBe('There is no NotificationChannel called "oncal". Known channels: oncall.');
  });

  it('on loopback plain http and clear text are taken', () => {
    expect(findingsOf(samplePolicy + channel('{ webhook: { url: "http://127.0.0.1:9000/" } }'))).toEqual([]);
    const local = `{ email: { ${mail.replace('mail.example.org', 'localhost')}, security: none } }`;
    expect(findingsOf(samplePolicy + channel(local))).toEqual([]);
  });
});

describe('the channels of a bundle', () => {
  const all = channel('{ discord: { url: env:A } }', 'chat') + channel('{ slack: { url: env:B } }', 'unused');

  it('are those that somebody names, with every default filled in', () => {
    const bundle = compileBundle(documentsOf(notified('chat') + all), 'game-eu', identity);
    expect(bundle.channels).toEqual([
      {
        name: 'chat',
        to: { type: 'discord', url: 'env:A' },
        on: ['opened', 'answered', 'failed', 'closed'],
        perMinute: 20,
      },
    ]);
    expect(bundle.playbooks.map(({ notify }) => notify)).toContainEqual(['chat']);
    expect(bundle).not.toHaveProperty('notify');
  });

  it('are left out where nobody is told', () => {
    const bundle = compileBundle(documentsOf(samplePolicy + all), 'game-eu', identity);
    expect(bundle).not.toHaveProperty('channels');
  });
});
