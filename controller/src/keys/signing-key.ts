import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { keyIdOf, TidegateError, toBase64, utf8 } from '@tidegate/schemas';
import { readIfThere, writeAtomically } from '../state/index.ts';

/** An Ed25519 key (RFC 8032) that signs for the controller. */
export interface SigningKey {
  readonly id: string;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The same in base64, as the shapes carry it. */
  readonly publicKeyText: string;
  /** Returns 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
  /** Signature of a text's UTF-8 in base64. */
  signText(text: string): string;
}

/** Loads a private key (PKCS #8, PEM), or makes one where there is none. Throws TG3011. */
export async function loadOrMakeKey(path: string): Promise<SigningKey> {
  let pem = await readIfThere(path);
  if (pem === null) {
    pem = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    await writeAtomically(path, pem);
  }
  try {
    return signingKey(createPrivateKey(pem));
  } catch (cause) {
    throw new TidegateError('TG3011', `${path} holds no Ed25519 private key; restore it from a backup`, {
      cause,
    });
  }
}

function signingKey(key: KeyObject): SigningKey {
  if (key.asymmetricKeyType !== 'ed25519')
    throw new TypeError(`a key of type ${String(key.asymmetricKeyType)}`);
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  const publicKey = new Uint8Array(Buffer.from(x, 'base64url'));
  const signBytes = (message: Uint8Array): Uint8Array => sign(null, message, key);
  return {
    id: keyIdOf(publicKey),
    publicKey,
    publicKeyText: toBase64(publicKey),
    sign: signBytes,
    signText: (text) => toBase64(signBytes(utf8(text))),
  };
}
