/**
 * The texts that signatures are made over. Each begins with its own context line, so that a signature made for one
 * purpose never verifies for another.
 */

/** What a bundle key signs: the context line and the payload exactly as it travels. */
export const bundleSigningText = (payload: string): string => `tidegate/bundle/v1\n${payload}`;

export interface BatchToSign {
  readonly agent: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Digest of the last record; through the chain it stands for all of them. */
  readonly head: string;
}

/** What an agent key signs for a batch of audit records. */
export const batchSigningText = ({ agent, firstSeq, lastSeq, head }: BatchToSign): string =>
  `tidegate/audit-batch/v1\n${agent}\n${firstSeq}\n${lastSeq}\n${head}\n`;
