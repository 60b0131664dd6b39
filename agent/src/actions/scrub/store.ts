/** Diversions on the disk, so that whoever comes after a crash knows what a provider was asked for. */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { TidegateError, check } from '@tidegate/schemas';
import type { Diversion, Diversions } from '@tidegate/schemas';
import { readJson, writeDurably } from '../../state/files.ts';

/** Throws TG5003 for a file that is not what was written: what it held may still be scrubbed, and nobody would know. */
export function loadDiversions(path: string): Diversion[] {
  if (!existsSync(path)) return [];
  const result = check('diversions', readJson(path));
  if (result.ok) return result.value.diversions;
  throw new TidegateError(
    'TG5003',
    `${path} is damaged; end at the scrubbing provider what nobody needs, and remove the file`,
  );
}

export function saveDiversions(path: string, diversions: readonly Diversion[]): void {
  const value: Diversions = { schema: 'tidegate/diversions/v1', diversions: [...diversions] };
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeDurably(path, JSON.stringify(value));
}
