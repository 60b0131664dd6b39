/**
 * Policy files in, policy documents and findings out.
 *
 * Promises: never throws, whatever the texts; one mistake gives one finding, with file, line, column, JSON Pointer, rule
 * and, where something is near, a suggestion; a document with findings stays in the list as broken, so that it can
 * neither be compiled nor make another document look wrong.
 *
 * ```ts
 * const { documents, findings } = parsePolicy([{ path: 'policy/web.yaml', text }]);
 * const all = [...findings, ...checkPolicy(documents)];
 * if (!all.some(({ severity }) => severity === 'error')) compileBundle(documents, 'web', { epoch: 1, … });
 * ```
 */
import type { Finding } from '../shapes/index.ts';
import { readYaml } from '../yaml/read.ts';
import type { PolicyDocument, PolicyFile } from './document.ts';
import { findingAt, inOrder } from './finding.ts';
import { validateDocument } from './validate-document.ts';

/** Documents in a policy, over all files. */
const policyDocumentsMax = 10_000;

export interface ParsedPolicy {
  /** In the order of the files and in each file from top to bottom. */
  readonly documents: readonly PolicyDocument[];
  /** By file, line and column. */
  readonly findings: readonly Finding[];
}

export function parsePolicy(files: readonly PolicyFile[]): ParsedPolicy {
  const documents: PolicyDocument[] = [];
  const findings: Finding[] = [];
  for (const { path: file, text } of files) {
    const { documents: written, problem } = readYaml(text);
    for (const document of written) {
      if (documents.length === policyDocumentsMax) {
        documents.push({ valid: false, kind: null, name: null, file, positionOf: () => fileStart });
        return { documents, findings: inOrder([...findings, tooMany(file)]) };
      }
      const validated = validateDocument(file, document);
      documents.push(validated.document);
      findings.push(...validated.findings);
    }
    if (problem === null) continue;
    const { position, path, code, message, suggestion } = problem;
    findings.push(
      findingAt({ file, position, path }, { rule: code, severity: 'error', message, suggestion }),
    );
    documents.push({ valid: false, kind: null, name: null, file, positionOf: () => position });
  }
  return { documents, findings: inOrder(findings) };
}

const fileStart = { line: 1, column: 1 };

const tooMany = (file: string): Finding =>
  findingAt(
    { file, position: fileStart, path: '' },
    {
      rule: 'TG1012',
      severity: 'error',
      message: `The policy has more than ${policyDocumentsMax} documents.`,
      suggestion: null,
    },
  );
