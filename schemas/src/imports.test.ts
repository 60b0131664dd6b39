import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** What runs at run time, and so may be reached from the entry. */
const allowed = new Set(['@noble/hashes/sha2.js', 'canonicalize', 'ipaddr.js', 're2js', 'yaml']);
const statement =
  /^(?:import|export)\s(?!type\b)[^;]*?from\s'([^']+)'|^import\s'([^']+)'|\bimport\('([^']+)'\)/gm;

/** Packages that a file brings in when it runs, its own imports followed; imports of types are gone by then. */
function packagesFrom(file: string, seen = new Set<string>()): Map<string, string> {
  const packages = new Map<string, string>();
  if (seen.has(file)) return packages;
  seen.add(file);
  for (const [, from, bare, dynamic] of readFileSync(file, 'utf8').matchAll(statement)) {
    const name = from ?? bare ?? dynamic ?? '';
    const inner = name.startsWith('.')
      ? packagesFrom(join(dirname(file), name), seen)
      : new Map([[name, file]]);
    for (const [key, value] of inner) packages.set(key, value);
  }
  return packages;
}

describe('the entry', () => {
  // An agent has 90 MB: TypeBox and ajv's compiler would cost several of them and seconds of start-up, for validators
  // that can be generated. A node: module would keep the package out of the browser.
  it('reaches neither TypeBox, nor ajv, nor a node: module, nor a package that nobody reviewed', () => {
    const reached = packagesFrom(join(import.meta.dirname, 'index.ts'));
    expect([...reached].filter(([name]) => !allowed.has(name))).toEqual([]);
    expect(reached.size).toBe(allowed.size);
  });

  it('would be caught: the sources of the shapes do reach TypeBox', () => {
    expect([...packagesFrom(join(import.meta.dirname, 'shapes/registry.ts')).keys()]).toEqual(['typebox']);
  });

  it('brings generated validators that call for nothing', () => {
    for (const name of ['wire', 'policy']) {
      const text = readFileSync(join(import.meta.dirname, `validate/${name}.generated.ts`), 'utf8');
      expect(text).not.toMatch(/\brequire\(|\bprocess\b|\bBuffer\b|new Function|\beval\(/);
    }
  });
});
