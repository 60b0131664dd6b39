/** Open incidents and their rules on disk, so that a restart adopts its own and removes what is nobody's. */
import { join } from 'node:path';
import { readJson, writeJson } from './files.ts';

interface Journal<Incident> {
  readonly schema: 'tidegate/journal/v1';
  readonly incidents: readonly Incident[];
}

const path = (stateDir: string): string => join(stateDir, 'journal.json');

/** Counters are 64 bits wide, which JSON numbers are not. */
const pack = (value: unknown): unknown => (typeof value === 'bigint' ? { $counter: value.toString() } : value);

function unpack(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('$counter' in value && typeof value.$counter === 'string') return BigInt(value.$counter);
  if (Array.isArray(value)) return value.map(unpack);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unpack(inner)]));
}

export function saveJournal(stateDir: string, incidents: readonly unknown[]): void {
  writeJson(path(stateDir), { schema: 'tidegate/journal/v1', incidents }, (_, value) => pack(value));
}

/** What the process before remembered; empty where it left nothing that can be read. */
export function loadJournal<Incident>(stateDir: string): readonly Incident[] {
  const value = unpack(readJson(path(stateDir)));
  if (typeof value !== 'object' || value === null || !('schema' in value)) return [];
  if (value.schema !== 'tidegate/journal/v1') return [];
  return (value as Journal<Incident>).incidents;
}
