/**
 * Signed notes (C2SP signed-note) with Ed25519 keys: a text, and signatures that name their key.
 *
 * Signing and verifying themselves come in as functions: node:crypto in the daemons, Web Crypto elsewhere.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { fromBase64, toBase64, utf8 } from '../encoding/bytes.ts';
import { TidegateError } from '../errors/tidegate-error.ts';

/** Signs with the private key of the named public key. Returns 64 bytes. */
export type SignBytes = (message: Uint8Array) => Uint8Array;
/** Checks an Ed25519 signature (RFC 8032). */
export type VerifyBytes = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

export interface NoteKey {
  readonly name: string;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
}

export interface OpenedNote {
  /** The signed text, with its final newline. */
  readonly body: string;
  /** The given keys whose signatures are on the note, each checked. At least one. */
  readonly signers: readonly NoteKey[];
}

const ed25519 = 0x01;
const keyHashBytes = 4;
const signaturesMax = 16;
const signatureLine = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/=]+)$/u;

/** The key hash of a note signature: SHA-256(name ‖ 0x0a ‖ 0x01 ‖ key), its first four bytes. */
function keyHash(name: string, publicKey: Uint8Array): Uint8Array {
  return sha256(Uint8Array.from([...utf8(`${name}\n`), ed25519, ...publicKey])).subarray(0, keyHashBytes);
}

/** Appends a signature to a text that ends with a newline. */
export function signNote(body: string, name: string, rawPublicKey: Uint8Array, sign: SignBytes): string {
  if (!body.endsWith('\n') || /[\u0000-\u0009\u000b-\u001f]/.test(body)) {
    throw new TidegateError(
      'TG4007',
      'The text of a note ends with a newline and holds no other control character.',
    );
  }
  if (!/^[^\s+]+$/u.test(name)) throw new TidegateError('TG4007', `"${name}" cannot name the key of a note.`);
  const blob = Uint8Array.from([...keyHash(name, rawPublicKey), ...sign(utf8(body))]);
  return `${body}\n\u2014 ${name} ${toBase64(blob)}\n`;
}

/**
 * Opens a note. Signatures by unknown keys are passed over; a bad signature by a known key, or none by a known key,
 * is an error TG4003, and a text that is no note an error TG4007.
 */
export function openNote(text: string, keys: readonly NoteKey[], verify: VerifyBytes): OpenedNote {
  const split = text.lastIndexOf('\n\n');
  if (split < 0 || !text.endsWith('\n'))
    throw new TidegateError('TG4007', 'The text has no signature block.');
  const body = text.slice(0, split + 1);
  const lines = text.slice(split + 2, -1).split('\n');
  if (lines.length > signaturesMax) {
    throw new TidegateError(
      'TG4007',
      `The note has ${lines.length} signatures; at most ${signaturesMax} are read.`,
    );
  }
  const message = utf8(body);
  const signers: NoteKey[] = [];
  for (const line of lines) {
    const { name, hash, signature } = parseSignatureLine(line);
    const key = keys.find(
      (known) => known.name === name && toBase64(keyHash(name, known.publicKey)) === hash,
    );
    if (key === undefined || signers.includes(key)) continue;
    if (!verify(key.publicKey, message, signature)) {
      throw new TidegateError('TG4003', `The signature of ${name} does not fit the text of the note.`);
    }
    signers.push(key);
  }
  if (signers.length === 0) {
    throw new TidegateError('TG4003', 'The note carries no signature by a key that is trusted here.');
  }
  return { body, signers };
}

function parseSignatureLine(line: string): { name: string; hash: string; signature: Uint8Array } {
  const [, name, encoded] = signatureLine.exec(line) ?? [];
  if (name === undefined || encoded === undefined) {
    throw new TidegateError('TG4007', 'A signature line of the note is malformed.');
  }
  const blob = fromBase64(encoded);
  if (blob.length <= keyHashBytes) throw new TidegateError('TG4007', 'A signature of the note is too short.');
  return { name, hash: toBase64(blob.subarray(0, keyHashBytes)), signature: blob.subarray(keyHashBytes) };
}
