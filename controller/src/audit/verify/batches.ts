import {
  batchSigningText,
  digestOf,
  fromBase64,
  TidegateError,
  utf8,
  type AuditRecord,
  type ErrorCode,
  type Trust,
} from '@tidegate/schemas';
import { ed25519Verify } from '../../keys/index.ts';
import { reasonOf } from '../../ports.ts';
import { parseRecord } from '../batch.ts';
import { controllerName, parseBatchSignature, type BatchSignature } from '../layout.ts';
import type { Ledger } from '../ledger.ts';
import { LogFault } from './fault.ts';
import type { Segment } from './segments.ts';

interface Line {
  readonly text: string;
  readonly hash: string;
  readonly value: AuditRecord;
}

/** Public keys, raw, by agent and key id. */
export type Keys = ReadonlyMap<string, Uint8Array>;

/** The keys that may sign batches: those of the agents, and only the log keys for the controller's own records. */
export function batchKeys({ agents, log }: Trust): Keys {
  const others = agents.filter(({ agent }) => agent !== controllerName);
  const own = log.map((key) => ({ ...key, agent: controllerName }));
  return new Map(
    [...others, ...own].map(({ agent, id, publicKey }) => [`${agent}/${id}`, fromBase64(publicKey)]),
  );
}

/** Checks every batch of a segment and appends its records to the ledger. Throws a LogFault at the first bad one. */
export function checkSegment(segment: Segment, ledger: Ledger, keys: Keys): void {
  if (segment.firstIndex !== ledger.size) {
    const what = segment.firstIndex > ledger.size ? 'is missing' : 'is claimed by two segments';
    throw new LogFault('TG4004', `the record with index ${ledger.size} ${what}`, {
      file: segment.path,
      index: ledger.size,
    });
  }
  const signatures = readSignatures(segment);
  for (const [position, signature] of signatures.entries()) {
    const endIndex = signatures[position + 1]?.firstIndex ?? segment.firstIndex + segment.records.length;
    new BatchCheck(segment, position, signature, ledger, keys).run(endIndex);
  }
}

function readSignatures({
  path,
  firstIndex,
  records,
  signaturesPath,
  signatures,
}: Segment): BatchSignature[] {
  let last = firstIndex - 1;
  const parsed = signatures.map((text, position) => {
    const where = { file: signaturesPath, line: position + 1 };
    try {
      const signature = parseBatchSignature(text);
      const isInOrder = position === 0 ? signature.firstIndex === firstIndex : signature.firstIndex > last;
      if (!isInOrder || signature.firstIndex >= firstIndex + records.length) {
        const index = last + 1;
        throw new LogFault(
          'TG4002',
          `the signature is for index ${signature.firstIndex}, where ${index} is expected`,
          {
            ...where,
            ...nameOf(records[index - firstIndex]),
            index,
          },
        );
      }
      last = signature.firstIndex;
      return signature;
    } catch (error) {
      if (error instanceof TidegateError) throw new LogFault(error.code, error.message, where);
      throw error;
    }
  });
  if (parsed.length === 0)
    throw new LogFault('TG4003', 'nothing of this segment is signed', {
      file: path,
      line: 1,
      index: firstIndex,
    });
  return parsed;
}

/** One batch: where its records are, what was signed, and the checks in their order. */
class BatchCheck {
  readonly #segment: Segment;
  readonly #signatureLine: number;
  readonly #signature: BatchSignature;
  readonly #ledger: Ledger;
  readonly #keys: Keys;

  constructor(segment: Segment, position: number, signature: BatchSignature, ledger: Ledger, keys: Keys) {
    this.#segment = segment;
    this.#signatureLine = position + 1;
    this.#signature = signature;
    this.#ledger = ledger;
    this.#keys = keys;
  }

  run(endIndex: number): void {
    const { firstIndex, agent, lastSeq } = this.#signature;
    const lines: Line[] = [];
    for (let index = firstIndex; index < endIndex; index++) lines.push(this.#read(index));
    const missing = this.#ledger.lastSeq(agent) + lines.length + 1;
    if (missing <= lastSeq) {
      this.#fail(
        'TG4004',
        endIndex - 1,
        `record seq ${missing} of ${agent} is missing after this one; its batch ends with ${lastSeq}`,
      );
    }
    this.#checkSignature(lines[0]!.value);
    this.#checkChain(lines);
    for (const { text, hash, value } of lines)
      this.#ledger.append({ agent, seq: value.seq, prev: value.prev, text, hash });
  }

  /** The record at an index: canonical, of its shape, and the next one of its agent. */
  #read(index: number): Line {
    const { agent, firstIndex, firstSeq, lastSeq } = this.#signature;
    const text = this.#text(index);
    let value: AuditRecord;
    try {
      value = parseRecord(text, 'the record');
    } catch (error) {
      return this.#fail(error instanceof TidegateError ? error.code : 'TG4001', index, reasonOf(error));
    }
    const expected = this.#ledger.lastSeq(agent) + 1 + index - firstIndex;
    if (value.agent !== agent) {
      this.#fail(
        'TG4002',
        index,
        `the record is of ${value.agent}; seq ${expected} of ${agent} is expected here`,
      );
    }
    if (value.seq !== expected) {
      const what =
        value.seq > expected
          ? `record seq ${expected} of ${agent} is missing or moved`
          : 'it was here before';
      this.#fail('TG4002', index, `the record is seq ${value.seq} where ${expected} is expected: ${what}`);
    }
    if (value.seq < firstSeq || value.seq > lastSeq) {
      this.#fail('TG4003', index, `the record is not signed: its batch is seq ${firstSeq} to ${lastSeq}`);
    }
    return { text, hash: digestOf(text), value };
  }

  #checkSignature(first: AuditRecord): void {
    const { agent, firstSeq, lastSeq, head, keyId, signature } = this.#signature;
    const where = { file: this.#segment.signaturesPath, line: this.#signatureLine, agent, seq: first.seq };
    const index = this.#signature.firstIndex;
    const key = this.#keys.get(`${agent}/${keyId}`);
    if (key === undefined)
      throw new LogFault('TG4003', `the key ${keyId} is none of ${agent}`, { ...where, index });
    const text = utf8(batchSigningText({ agent, firstSeq, lastSeq, head }));
    if (!isSignature(signature) || !ed25519Verify(key, text, fromBase64(signature))) {
      const message = `the signature over seq ${firstSeq} to ${lastSeq} of ${agent} is not by its key ${keyId}`;
      throw new LogFault('TG4003', message, { ...where, index });
    }
  }

  /**
   * From the signed head backwards each hash is known from the record after it, so the record that does not have it is
   * bad for certain. Records before a bad one are held only by their links to each other: where two of those do not
   * fit, the earlier is named.
   */
  #checkChain(lines: readonly Line[]): void {
    const { agent, head, firstIndex } = this.#signature;
    let expected: string | null = head;
    for (let offset = lines.length - 1; offset >= 0; offset--) {
      const { hash, value } = lines[offset]!;
      if (hash !== expected) {
        const loose = lines
          .slice(0, offset)
          .findIndex((line, at) => at + 1 < offset && lines[at + 1]!.value.prev !== line.hash);
        const first = loose < 0 ? offset : loose;
        const how =
          loose < 0 ? `has the hash ${hash}, but ${expected} was signed` : 'does not fit the record after it';
        this.#fail('TG4002', firstIndex + first, `the record was altered: it ${how}`);
      }
      expected = value.prev;
    }
    if (expected !== this.#ledger.head(agent)) {
      this.#fail(
        'TG4002',
        firstIndex,
        `the record goes on from ${expected ?? 'no record'}, which is not the one before it in the log`,
      );
    }
  }

  #text(index: number): string {
    return this.#segment.records[index - this.#segment.firstIndex] ?? '';
  }

  #fail(code: ErrorCode, index: number, message: string): never {
    const { path, firstIndex } = this.#segment;
    throw new LogFault(code, message, {
      file: path,
      line: index - firstIndex + 1,
      index,
      ...nameOf(this.#text(index)),
    });
  }
}

/** What a record says of itself, as far as it can be read. */
function nameOf(text: string | undefined): { agent: string | null; seq: number | null } {
  try {
    const { agent, seq } = JSON.parse(text ?? '') as { agent?: unknown; seq?: unknown };
    return { agent: typeof agent === 'string' ? agent : null, seq: typeof seq === 'number' ? seq : null };
  } catch {
    return { agent: null, seq: null };
  }
}

const isSignature = (text: string): boolean => /^[A-Za-z0-9+/]{86}==$/.test(text);
