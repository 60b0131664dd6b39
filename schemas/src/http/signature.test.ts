import { describe, expect, it } from 'vitest';
import { utf8 } from '../encoding/bytes.ts';
import {
  contentDigestOf,
  formatSignature,
  httpSignatureBase,
  parseSignature,
  parseSignatureInput,
} from './signature.ts';

const request = {
  method: 'POST',
  path: '/v1/audit',
  contentDigest: contentDigestOf(utf8('{"hello": "world"}')),
  created: 1_769_828_610,
  nonce: 'AAECAwQFBgcICQoLDA0ODw',
  keyId: '21fe31dfa154a261',
};

describe('contentDigestOf', () => {
  it('is the example of RFC 9530, appendix D', () => {
    expect(request.contentDigest).toBe('sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:');
  });

  it('of no body is the digest of nothing', () => {
    expect(contentDigestOf(new Uint8Array())).toBe('sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:');
  });
});

describe('httpSignatureBase', () => {
  const { base, signatureInput } = httpSignatureBase(request);

  it('is laid out as in RFC 9421, section 2.5', () => {
    const parameters =
      '("@method" "@path" "content-digest");created=1769828610;nonce="AAECAwQFBgcICQoLDA0ODw";keyid="21fe31dfa154a261";alg="ed25519"';
    expect(base).toBe(
      [
        '"@method": POST',
        '"@path": /v1/audit',
        '"content-digest": sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:',
        `"@signature-params": ${parameters}`,
      ].join('\n'),
    );
    expect(signatureInput).toBe(`tidegate=${parameters}`);
  });

  it('is read back by the other side', () => {
    const { created, nonce, keyId } = request;
    expect(parseSignatureInput(signatureInput)).toEqual({ created, nonce, keyId });
  });

  it.each([
    ['a line break in the path', { path: '/v1/audit\n"@method": GET' }],
    ['a line break in the method', { method: 'GET\r' }],
    ['a line break in the digest', { contentDigest: 'a\nb' }],
    ['a quote in the nonce', { nonce: 'AAECAwQFBgcICQ"' }],
    ['a short nonce', { nonce: 'AAEC' }],
    ['a fraction of a second', { created: 1.5 }],
    ['another key id', { keyId: 'root' }],
  ])('refuses %s', (_, change) => {
    expect(() => httpSignatureBase({ ...request, ...change })).toThrow(
      expect.objectContaining({ code: 'TG3003' }),
    );
  });

  it.each([
    ['', 'nothing'],
    [signatureInput.replace('"@method" ', ''), 'a component left out'],
    [signatureInput.replace('"@path"', '"@authority"'), 'another component'],
    [signatureInput.replace('ed25519', 'hmac-sha256'), 'another algorithm'],
    [signatureInput.replace('created=1769828610', 'created=01'), 'a leading zero'],
    [`${signatureInput}, other=()`, 'a second signature'],
    [`${signatureInput};expires=1`, 'another parameter'],
  ])('refuses the header %j: %s', (header) => {
    expect(() => parseSignatureInput(header)).toThrow(expect.objectContaining({ code: 'TG3003' }));
  });
});

describe('the Signature header', () => {
  const signature = new Uint8Array(64).fill(9);

  it('comes back as it went', () => {
    expect(parseSignature(formatSignature(signature))).toEqual(signature);
  });

  it.each(['', 'tidegate=::', 'sig1=:AAAA:', `tidegate=:${Buffer.from(signature).toString('base64')}`])(
    'refuses %j',
    (header) => {
      expect(() => parseSignature(header)).toThrow(expect.objectContaining({ code: 'TG3003' }));
    },
  );

  it('refuses bits that stand for nothing', () => {
    const stretched = formatSignature(signature).replace(/.==:$/, 'B==:');
    expect(() => parseSignature(stretched)).toThrow(expect.objectContaining({ code: 'TG1014' }));
  });
});
