import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { toBase64 } from '../encoding/bytes.ts';
import { formatCheckpoint, parseCheckpoint } from './checkpoint.ts';
import { openNote, signNote, type VerifyBytes } from './note.ts';

const prefix = Buffer.from('302a300506032b6570032100', 'hex');
const verifyBytes: VerifyBytes = (publicKey, message, signature) => {
  const key = createPublicKey({ key: Buffer.concat([prefix, publicKey]), format: 'der', type: 'spki' });
  return verify(null, message, key, signature);
};

function newKey(name: string) {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(prefix.length));
  return {
    name,
    publicKey: raw,
    sign: (message: Uint8Array) => new Uint8Array(sign(null, message, privateKey)),
  };
}

describe('signed notes', () => {
  it('opens the example of the Go package golang.org/x/mod/sumdb/note', () => {
    const text =
      "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const note = `${text}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;
    // The verifier key is PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW; its first byte names Ed25519.
    const publicKey = new Uint8Array(
      Buffer.from('ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', 'base64').subarray(1),
    );
    const key = { name: 'PeterNeumann', publicKey };
    expect(openNote(note, [key], verifyBytes)).toEqual({ body: text, signers: [key] });
  });

  const key = newKey('tidegate.example/audit');
  const note = signNote('a body\n', key.name, key.publicKey, key.sign);

  it('passes over signatures of unknown keys, also of another key with the same name', () => {
    const witness = newKey('witness.example');
    const impostor = newKey(key.name);
    const line = (other: typeof key): string =>
      signNote('a body\n', other.name, other.publicKey, other.sign).split('\n\n')[1] ?? '';
    const both = note + line(witness) + line(impostor);
    expect(openNote(both, [key], verifyBytes).signers).toEqual([key]);
    expect(openNote(both, [key, witness], verifyBytes).signers).toEqual([key, witness]);
  });

  it.each([
    ['a changed body', note.replace('a body', 'A body')],
    ['another signature', note.replace(/.{8}\n$/, 'AAAAAAAA\n')],
    ['an unknown signer', signNote('a body\n', 'someone', key.publicKey, key.sign)],
  ])('refuses %s as a bad signature', (_, text) => {
    expect(() => openNote(text, [key], verifyBytes)).toThrow(expect.objectContaining({ code: 'TG4003' }));
  });

  it.each([
    ['nothing', ''],
    ['a body alone', 'a body\n'],
    ['no final newline', note.trimEnd()],
    ['a hyphen for the dash', note.replace('—', '-')],
    ['a signature that is too short', 'a body\n\n— name AAAA\n'],
    ['text after the signatures', `${note}more\n`],
    ['too many signatures', `a body\n\n${note.split('\n\n')[1]!.repeat(17)}`],
  ])('refuses %s as malformed', (_, text) => {
    expect(() => openNote(text, [key], verifyBytes)).toThrow(expect.objectContaining({ code: 'TG4007' }));
  });

  it('signs only a text that can be a note, under a name that can be a key', () => {
    for (const [body, name] of [
      ['no newline', 'name'],
      ['tab\t\n', 'name'],
      ['ok\n', 'two words'],
      ['ok\n', 'a+b'],
      ['ok\n', ''],
    ]) {
      expect(() => signNote(body!, name!, key.publicKey, key.sign)).toThrow(
        expect.objectContaining({ code: 'TG4007' }),
      );
    }
  });
});

describe('checkpoints', () => {
  const root = new Uint8Array(32).fill(7);

  it('are origin, size and root, each on its line (C2SP tlog-checkpoint)', () => {
    const text = formatCheckpoint({ origin: 'tidegate.example/audit', size: 18, root });
    expect(text).toBe(`tidegate.example/audit\n18\n${toBase64(root)}\n`);
    expect(parseCheckpoint(text)).toEqual({ origin: 'tidegate.example/audit', size: 18, root });
    expect(parseCheckpoint(`${text}an extension line\n`)).toMatchObject({ size: 18 });
  });

  it.each([
    ['no origin', `\n18\n${toBase64(root)}\n`],
    ['a leading zero', `o\n018\n${toBase64(root)}\n`],
    ['a negative size', `o\n-1\n${toBase64(root)}\n`],
    ['a size beyond exact numbers', `o\n9007199254740993\n${toBase64(root)}\n`],
    ['no root', 'o\n18'],
    ['a short root', 'o\n18\nAAAA\n'],
  ])('refuses %s', (_, body) => {
    expect(() => parseCheckpoint(body)).toThrow(expect.objectContaining({ code: 'TG4007' }));
  });

  it('refuses a root in another spelling of base64', () => {
    expect(() => parseCheckpoint(`o\n18\n${toBase64(root).replace('=', '')}\n`)).toThrow(
      expect.objectContaining({ code: 'TG1014' }),
    );
  });
});
