/** What the cases of the contract stand on: where a backend is tried, and what is sent to it. */
import { readCidr } from '@tidegate/schemas';
import type { RuleBackend, RuleRequest } from './backend.ts';

/** Where a backend is tried: an address of each family that it guards, and somebody who sends to them. */
export interface ContractLab {
  readonly targets: { readonly ipv4: string; readonly ipv6: string };
  readonly sources: { readonly ipv4: string; readonly ipv6: string };
  /** Opens the backend, each time as a fresh process would. The lab closes what it opened. */
  open(): Promise<RuleBackend>;
  /** Sends IP packets from source to target, one by one; returns how many of them got past the backend. */
  send(packets: readonly Uint8Array[]): Promise<number>;
  /** Lets time pass. */
  wait(ms: number): Promise<void>;
  /** Removes all traces. */
  close(): Promise<void>;
}

/** What a group of cases is given. The lab and the backend are those of the running case. */
export interface Context {
  readonly lab: () => ContractLab;
  readonly backend: () => RuleBackend;
  readonly rule: (number: number, changes?: Partial<RuleRequest>) => RuleRequest;
}

export const id = (number: number): string => `mit-${number.toString(16).padStart(16, '0')}`;

export type Family = 'ipv4' | 'ipv6';

/** The prefix of this length that an address lies in. */
export function networkOf(address: string, length: number): string {
  const reading = readCidr(`${address}/${length}`);
  return reading.ok ? reading.value.text : (reading.suggestion ?? '');
}

/** What `buildUdp` and `buildTcp` need of a packet from source to target. */
export const ports = (lab: ContractLab, family: Family, sourcePort: number, destinationPort: number) => ({
  source: lab.sources[family],
  destination: lab.targets[family],
  sourcePort,
  destinationPort,
});
