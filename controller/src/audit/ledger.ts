import { leafHash, MerkleTree, TidegateError, utf8 } from '@tidegate/schemas';

/** Where a record is, and its digest. */
export interface LedgerPlace {
  readonly index: number;
  readonly hash: string;
}

export interface LedgerRecord {
  readonly agent: string;
  readonly seq: number;
  readonly prev: string | null;
  readonly text: string;
  readonly hash: string;
}

/**
 * What is in the log, in memory: the Merkle tree, and for each agent where its records are. About 110 bytes a record.
 */
export class Ledger {
  readonly tree = new MerkleTree();
  readonly #hashes = new HashColumn();
  /** Global index by agent and seq - 1. */
  readonly #indexes = new Map<string, number[]>();

  get size(): number {
    return this.tree.size;
  }

  get agents(): number {
    return this.#indexes.size;
  }

  /** Sequence number of the agent's last record, 0 where there is none. */
  lastSeq(agent: string): number {
    return this.#indexes.get(agent)?.length ?? 0;
  }

  /** Digest of the agent's last record, null where there is none. */
  head(agent: string): string | null {
    return this.place(agent, this.lastSeq(agent))?.hash ?? null;
  }

  place(agent: string, seq: number): LedgerPlace | null {
    const index = this.#indexes.get(agent)?.[seq - 1];
    return index === undefined ? null : { index, hash: this.#hashes.at(index) };
  }

  /** Appends the next record of an agent. Throws TG4002 where it does not continue the agent's chain. */
  append({ agent, seq, prev, text, hash }: LedgerRecord): number {
    if (seq !== this.lastSeq(agent) + 1 || prev !== this.head(agent)) {
      throw new TidegateError(
        'TG4002',
        `record seq ${seq} of ${agent} does not follow seq ${this.lastSeq(agent)}`,
      );
    }
    const index = this.tree.append(leafHash(utf8(text)));
    this.#hashes.push(hash);
    const indexes = this.#indexes.get(agent);
    if (indexes === undefined) this.#indexes.set(agent, [index]);
    else indexes.push(index);
    return index;
  }
}

/** Digests packed into large buffers: a million strings would take three times the memory. */
class HashColumn {
  static readonly #pieceHashes = 8192;
  readonly #pieces: Buffer[] = [];
  #length = 0;

  push(digest: string): void {
    const slot = this.#length % HashColumn.#pieceHashes;
    if (slot === 0) this.#pieces.push(Buffer.alloc(HashColumn.#pieceHashes * 32));
    this.#pieces.at(-1)?.write(digest.slice('sha256:'.length), slot * 32, 'hex');
    this.#length++;
  }

  at(index: number): string {
    const piece = this.#pieces[Math.floor(index / HashColumn.#pieceHashes)];
    const start = (index % HashColumn.#pieceHashes) * 32;
    return `sha256:${piece?.toString('hex', start, start + 32) ?? ''}`;
  }
}
