import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  type KeyObject,
} from 'node:crypto';
import {
  batchSigningText,
  canonicalJson,
  contentDigestOf,
  digestOf,
  formatSignature,
  httpSignatureBase,
  keyIdOf,
  routes,
  toBase64,
  utf8,
  type AuditBatch,
  type AuditEvent,
} from '@tidegate/schemas';
import { joinToken } from './folder.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON, or null without a body. */
  readonly body: unknown;
}

export interface Download {
  readonly status: number;
  readonly headers: Headers;
  /** Digest of the bytes that came. */
  readonly sha256: string;
}

export interface SendOptions {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** Changes the signed headers before they are sent. */
  readonly tamper?: (headers: Record<string, string>) => Record<string, string>;
  readonly created?: number;
}

/** The agent's side of the wire, with a key and a chain of records of its own. */
export class TestAgent {
  readonly name: string;
  readonly publicKey: string;
  readonly keyId: string;
  readonly #key: KeyObject;
  #head: string | null;
  #seq: number;

  /** @param twin An agent whose key and chain so far are copied, as with a disk. */
  constructor(name: string, twin?: TestAgent) {
    const key = twin === undefined ? generateKeyPairSync('ed25519').privateKey : twin.#key;
    const raw = Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x ?? '', 'base64url');
    this.name = name;
    this.#key = key;
    this.publicKey = toBase64(raw);
    this.keyId = keyIdOf(raw);
    this.#head = twin === undefined ? null : twin.#head;
    this.#seq = twin === undefined ? 0 : twin.#seq;
  }

  async enrol(url: string, changes: Record<string, unknown> = {}): Promise<Answer> {
    const labels = { role: 'web' };
    const { publicKey, name: node } = this;
    const body = { schema: 'tidegate/enrol/v1', token: joinToken, node, labels, publicKey, ...changes };
    return send(url, 'POST', routes.enrol.path, JSON.stringify(body), {});
  }

  /** A signed request. */
  async send(url: string, method: 'GET' | 'POST', path: string, options: SendOptions = {}): Promise<Answer> {
    const {
      body,
      headers = {},
      tamper = (given: Record<string, string>) => given,
      created = Math.floor(Date.now() / 1000),
    } = options;
    const text = body === undefined ? undefined : JSON.stringify(body);
    const signed = this.#signed(method, path, text, created);
    return send(url, method, path, text, { ...headers, ...tamper(signed) });
  }

  /** A signed GET for bytes. */
  async download(url: string, path: string): Promise<Download> {
    const response = await fetch(new URL(path, url), { headers: this.#signed('GET', path) });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const sha256 = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    return { status: response.status, headers: response.headers, sha256 };
  }

  #signed(
    method: string,
    path: string,
    text = '',
    created = Math.floor(Date.now() / 1000),
  ): Record<string, string> {
    const contentDigest = contentDigestOf(utf8(text));
    const nonce = randomBytes(16).toString('base64url');
    const { base, signatureInput } = httpSignatureBase({
      method,
      path,
      contentDigest,
      created,
      nonce,
      keyId: this.keyId,
    });
    return {
      'content-digest': contentDigest,
      'signature-input': signatureInput,
      signature: formatSignature(sign(null, Buffer.from(base), this.#key)),
    };
  }

  bundle(url: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send(url, 'GET', routes.bundle.path, { headers });
  }

  upload(url: string, batch: AuditBatch): Promise<Answer> {
    return this.send(url, 'POST', routes.audit.path, { body: batch });
  }

  /** The next records of this agent's chain, in one batch. */
  nextBatch(count: number, event = sampleEvent): AuditBatch {
    const records: string[] = [];
    const firstSeq = this.#seq + 1;
    for (let made = 0; made < count; made++) records.push(this.#nextRecord(event(this.#seq)));
    return this.sign(firstSeq, records);
  }

  /** Signs records that need not be a chain of their own. */
  sign(firstSeq: number, records: string[]): AuditBatch {
    const head = digestOf(records.at(-1) ?? '');
    const span = { agent: this.name, firstSeq, lastSeq: firstSeq + records.length - 1, head };
    const signature = toBase64(sign(null, Buffer.from(batchSigningText(span)), this.#key));
    return { schema: 'tidegate/audit-batch/v1', ...span, keyId: this.keyId, signature, records };
  }

  #nextRecord(event: AuditEvent): string {
    this.#seq += 1;
    const at = new Date(1_790_000_000_000 + this.#seq * 10).toISOString();
    const head = {
      schema: 'tidegate/audit/v1',
      agent: this.name,
      seq: this.#seq,
      prev: this.#head,
      at,
      policy: null,
    };
    const text = canonicalJson({ ...head, ...event });
    this.#head = digestOf(text);
    return text;
  }
}

/** An event that differs from record to record. */
export function sampleEvent(seq: number): AuditEvent {
  const incident =
    `inc-${createHash('sha256').update(`incident ${seq}`).digest('hex').slice(0, 16)}` as const;
  return {
    kind: 'incident.updated',
    body: {
      incident,
      target: '203.0.113.10',
      family: 'syn_flood',
      confidence: 0.9,
      reasons: ['SYN without ACK'],
    },
  };
}

async function send(
  url: string,
  method: string,
  path: string,
  body: string | undefined,
  headers: Record<string, string>,
): Promise<Answer> {
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetch(new URL(path, url), {
    method,
    headers: { ...json, ...headers },
    ...(body !== undefined && { body }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) };
}
