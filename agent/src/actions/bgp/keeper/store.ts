/** Leases on the disk, so that whoever comes after a crash knows what was announced, and until when. */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { TidegateError, check } from '@tidegate/schemas';
import type { BgpLeases } from '@tidegate/schemas';
import { readJson, writeDurably } from '../../../state/files.ts';
import { LeaseTable } from './leases.ts';

/** Throws TG5003 for a file that is not what was written: what it held may still be announced, and nobody would know. */
export function loadLeases(path: string): LeaseTable {
  if (!existsSync(path)) return new LeaseTable();
  const result = check('bgp-leases', readJson(path));
  if (!result.ok)
    throw new TidegateError(
      'TG5003',
      `${path} is damaged; compare it with the routes of the speaker (gobgp global rib -a ipv4-flowspec), withdraw what nobody needs, and remove it`,
    );
  const { leases, leaving } = result.value;
  return new LeaseTable(
    leases.map(({ id, route, until }) => ({ id, route, untilMs: Date.parse(until) })),
    leaving,
  );
}

export function saveLeases(path: string, table: LeaseTable): void {
  const value = {
    schema: 'tidegate/bgp-leases/v1',
    leases: table.leases.map(({ id, route, untilMs }) => ({
      id,
      route,
      until: new Date(untilMs).toISOString(),
    })),
    leaving: [...table.leaving.values()],
  };
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeDurably(path, JSON.stringify(value satisfies Readable<BgpLeases>));
}

/** The same, to be read only. */
type Readable<Value> = Value extends readonly (infer Entry)[]
  ? readonly Readable<Entry>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: Readable<Value[Key]> }
    : Value extends string
      ? string
      : Value;
