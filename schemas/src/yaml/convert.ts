/** From the parser's tree to plain values: one pass, bounded, with the place of every key and value. */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Document,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { escapePointer } from '../encoding/pointer.ts';
import { quote } from '../encoding/quote.ts';
import type { ErrorCode } from '../errors/catalogue.ts';
import { yamlLimits } from './limits.ts';

/** Offsets in the text of a key (where there is one) and its value, by JSON Pointer. */
export type Offsets = Map<string, { key: number | null; value: number }>;

export interface ConvertProblem {
  readonly code: ErrorCode;
  readonly path: string;
  readonly offset: number;
  readonly message: string;
  readonly suggestion: string | null;
}

export interface Converted {
  readonly value: unknown;
  readonly offsets: Offsets;
  readonly problems: readonly ConvertProblem[];
}

export function convert(document: Document.Parsed): Converted {
  const converter = new Converter();
  const value = converter.convert(document.contents, '', null, document.range[0]);
  return { value, offsets: converter.offsets, problems: converter.problems };
}

class Converter {
  readonly offsets: Offsets = new Map();
  readonly problems: ConvertProblem[] = [];
  readonly #anchors = new Map<string, Node>();
  /** Anchored nodes that are being converted: an alias to one of them would never end. */
  readonly #open = new Set<Node>();
  #nodes = 0;

  convert(node: Node | null, path: string, key: number | null, fallback: number): unknown {
    const offset = node?.range?.[0] ?? fallback;
    this.offsets.set(path, { key, value: offset });
    if (++this.#nodes > yamlLimits.nodesMax) {
      const message = `The document has more than ${yamlLimits.nodesMax} values once its aliases are written out.`;
      // Once is enough; everything that follows is over the limit too.
      if (this.#nodes === yamlLimits.nodesMax + 1) this.#report('TG1012', path, offset, message);
      return null;
    }
    if (isAlias(node)) return this.#alias(node.source, path, key, offset);
    if (node === null) return null;
    if (node.tag !== undefined)
      this.#report('TG1013', path, offset, `The tag ${node.tag} is not accepted; write the value plainly.`);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    this.#open.add(node);
    const value = this.#content(node, path);
    this.#open.delete(node);
    return value;
  }

  #content(node: Node, path: string): unknown {
    if (isMap(node)) return this.#map(node, path);
    if (isSeq(node))
      return (node as YAMLSeq<Node | null>).items.map((item, index) =>
        this.convert(item, `${path}/${index}`, null, node.range?.[0] ?? 0),
      );
    return isScalar(node) ? node.value : null;
  }

  #map(node: YAMLMap, path: string): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    for (const pair of node.items as Pair<Node, Node | null>[]) {
      const { key, value } = pair;
      const name = isScalar(key) ? String(key.source ?? key.value) : '';
      const offset = key.range?.[0] ?? 0;
      const inner = `${path}/${escapePointer(name)}`;
      if (name === '<<') {
        this.#report('TG1013', inner, offset, 'Merge keys are not accepted; write the keys out.');
      } else if (Object.hasOwn(map, name)) {
        this.#report('TG1002', inner, offset, `The key ${quote(name)} is written twice in one map.`);
      } else {
        const converted = this.convert(value, inner, offset, offset);
        // Defined rather than assigned, so that a key such as __proto__ is a key like any other.
        Object.defineProperty(map, name, {
          value: converted,
          writable: true,
          enumerable: true,
          configurable: true,
        });
      }
    }
    return map;
  }

  #alias(name: string, path: string, key: number | null, offset: number): unknown {
    const target = this.#anchors.get(name);
    if (target === undefined) {
      this.#report(
        'TG1001',
        path,
        offset,
        `The alias *${name} stands for nothing: no anchor &${name} comes before it.`,
      );
      return null;
    }
    if (this.#open.has(target)) {
      this.#report('TG1013', path, offset, `The alias *${name} contains itself.`);
      return null;
    }
    return this.convert(target, path, key, offset);
  }

  #report(code: ErrorCode, path: string, offset: number, message: string): void {
    this.problems.push({ code, path, offset, message, suggestion: null });
  }
}
