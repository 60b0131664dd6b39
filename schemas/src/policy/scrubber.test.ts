/** Scrubbers, and the steps that hand over to them: mistakes and their places, and what a bundle says. */
import { describe, expect, it } from 'vitest';
import { documentsOf, findingsOf, samplePolicy, sampleWith, summary } from '../testkit/policy-sample.ts';
import { check } from '../validate/check.ts';
import { compileBundle } from './compile.ts';

const identity = {
  epoch: 1,
  commit: '0'.repeat(40),
  issuedAt: '2026-01-31T03:04:05.678Z',
  expiresAt: '2026-02-07T03:04:05.678Z',
};
/** Its spec is on line 39. */
const scrubber = (spec: string): string => `---
apiVersion: tidegate/v1
kind: Scrubber
metadata: { name: wash }
spec: ${spec}
`;
const v4 = 'owned: [203.0.113.0/24]';
const calls = `start: { url: "https://scrub.example/{id}" }, stop: { url: "https://scrub.example/{id}" }`;
const whole = scrubber(`{ ${v4}, http: { ${calls} } }`);
const cloud = `{ account: ${'a'.repeat(32)}, token: "env:CF" }`;
const keys = '{ applicationKey: "env:A", applicationSecret: "env:S", consumerKey: "env:C" }';
/** The steps begin on line 26. */
const stepping = (steps: readonly string[]): string =>
  sampleWith('    - drop: { ttl: 10m }\n', steps.map((step) => `    - ${step}\n`).join(''));
const scrub = 'scrub: { scrubber: wash, ttl: 1h, when: { linkShare: 95%, for: 30s } }';
const edge =
  '---\napiVersion: tidegate/v1\nkind: FlowSpecPolicy\nmetadata: { name: edge }\nspec: { owned: [203.0.113.0/24, 2001:db8:10::/48], blackhole: { nextHop: 192.0.2.1, nextHop6: "100::1" } }\n';

describe('mistakes in what is handed over', () => {
  it.each([
    [
      'a scrubber that is not there',
      stepping(['scrub: { scrubber: wsah, ttl: 1h, when: { bits: 5Gbps } }']) + whole,
      '26:26 unknown-scrubber /spec/steps/0/scrub/scrubber → wash',
    ],
    [
      'prefixes of somebody else',
      stepping([scrub]) + scrubber(`{ owned: [198.51.100.0/24], http: { ${calls} } }`),
      '26:26 scrub-group /spec/steps/0/scrub/scrubber → nothing',
    ],
    [
      'a group that is not there',
      samplePolicy + scrubber(`{ groups: [game-ue], ${v4}, http: { ${calls} } }`),
      '39:18 unknown-group /spec/groups/0 → game-eu',
    ],
    ['no provider', samplePolicy + scrubber(`{ ${v4} }`), '39:7 scrubber-provider /spec → nothing'],
    [
      'two providers',
      samplePolicy + scrubber(`{ ${v4}, http: { ${calls} }, ovhVac: ${keys} }`),
      '39:7 scrubber-provider /spec → nothing',
    ],
    [
      'one address for Magic Transit',
      samplePolicy + scrubber(`{ ${v4}, length: 32, cloudflareMagicTransit: ${cloud} }`),
      '39:42 scrubber-provider /spec/length → 24',
    ],
    [
      'a prefix for VAC',
      samplePolicy + scrubber(`{ ${v4}, length: 24, ovhVac: ${keys} }`),
      '39:42 scrubber-provider /spec/length → 32',
    ],
    [
      'IPv6 for VAC',
      samplePolicy + scrubber(`{ owned: ["2001:db8:10::/48"], ovhVac: ${keys} }`),
      '39:17 scrubber-provider /spec/owned/0 → nothing',
    ],
    [
      'a key in clear text beyond loopback',
      samplePolicy + scrubber(`{ ${v4}, http: { ${calls.replace('https', 'http')} } }`),
      '39:56 scrubber-url /spec/http/start/url → nothing',
    ],
    [
      'a host that is a placeholder',
      samplePolicy + scrubber(`{ ${v4}, http: { ${calls.replace('scrub.example', '{address}')} } }`),
      '39:56 scrubber-url /spec/http/start/url → nothing',
    ],
    [
      'a placeholder that is not there',
      samplePolicy + scrubber(`{ ${v4}, http: { ${calls.replace('{id}', '{ip}')} } }`),
      '39:56 scrubber-url /spec/http/start/url → nothing',
    ],
    [
      'a blackhole beside scrubbing',
      stepping([scrub, 'rtbh: { policy: edge, ttl: 10m, when: { bits: 5Gbps } }']) + whole + edge,
      '27:45 scrub-failed /spec/steps/1/rtbh/when → scrub: failed',
    ],
    [
      'scrubbing that nothing asked for',
      stepping(['rtbh: { policy: edge, ttl: 10m, when: { scrub: failed } }']) + edge,
      '26:54 scrub-failed /spec/steps/0/rtbh/when/scrub → nothing',
    ],
  ])('%s is one finding', (_, text, expected) => {
    expect(summary(findingsOf(text))).toEqual([expected]);
  });

  it('scrubbing without a condition, and a secret in clear text, are none of the shape', () => {
    expect(findingsOf(stepping(['scrub: { scrubber: wash, ttl: 1h }']) + whole)).toMatchObject([
      { severity: 'error' },
    ]);
    const open = scrubber(`{ ${v4}, http: { ${calls}, authorization: { bearer: s3cret } } }`);
    expect(findingsOf(samplePolicy + open)).toMatchObject([{ severity: 'error' }]);
  });
});

describe('a bundle', () => {
  const bundleOf = (text: string) => compileBundle(documentsOf(text), 'game-eu', identity);

  it('says who scrubs with every default, and when', () => {
    const blackhole = 'rtbh: { policy: edge, ttl: 10m, when: { scrub: failed, linkShare: 95% } }';
    const bundle = bundleOf(stepping([scrub, blackhole]) + whole + edge);
    expect(bundle.scrubbers).toEqual([
      {
        name: 'wash',
        owned: ['203.0.113.0/24'],
        ...{ length: 32, length6: 128, activeWithinMs: 600_000, diversionsMax: 4 },
        api: {
          type: 'http',
          start: { method: 'PUT', url: 'https://scrub.example/{id}', headers: {} },
          stop: { method: 'DELETE', url: 'https://scrub.example/{id}', headers: {} },
        },
      },
    ]);
    expect(bundle.playbooks[0]?.steps).toEqual([
      {
        ...{ action: 'scrub', via: 'scrubber', scrubber: 'wash', ttlMs: 3_600_000, mode: 'enforce' },
        when: { linkShare: 0.95, forMs: 30_000 },
      },
      {
        ...{ action: 'rtbh', via: 'rtbh', policy: 'edge', ttlMs: 600_000, mode: 'enforce' },
        when: { linkShare: 0.95, scrub: 'failed', forMs: 10_000 },
      },
    ]);
    expect(check('bundle', bundle)).toMatchObject({ ok: true });
  });

  it('knows where the vendors are asked', () => {
    const text =
      samplePolicy +
      scrubber(`{ ${v4}, length: 24, cloudflareMagicTransit: ${cloud} }`) +
      scrubber(`{ ${v4}, ovhVac: { region: ca, ${keys.slice(2)} }`).replace('name: wash', 'name: vac');
    const bundle = bundleOf(text);
    expect(bundle.scrubbers?.map(({ api }) => api)).toEqual([
      {
        type: 'ovh-vac',
        url: 'https://ca.api.ovh.com/1.0',
        ...{ applicationKey: 'env:A', applicationSecret: 'env:S', consumerKey: 'env:C' },
      },
      {
        type: 'cloudflare-magic-transit',
        url: 'https://api.cloudflare.com/client/v4',
        ...{ account: 'a'.repeat(32), token: 'env:CF' },
      },
    ]);
    expect(check('bundle', bundle)).toMatchObject({ ok: true });
  });
});
