import { join } from 'node:path';
import type { Finding, Findings, PolicyFile } from '@tidegate/schemas';
import { findingLine } from '../policy/revision.ts';
import { printable } from './io.ts';

export interface Report {
  /** As it was given on the command line. */
  readonly folder: string;
  readonly files: readonly PolicyFile[];
  readonly findings: readonly Finding[];
}

/** How findings are printed. */
export const findingFormats = {
  text: ({ folder, files, findings }: Report): string => {
    const lines = new Map(files.map(({ path, text }) => [path, text.split(/\r?\n/)]));
    return findings
      .map((finding) => textOf(folder, finding, lines.get(finding.file)?.[finding.line - 1]))
      .join('');
  },
  json: ({ findings }: Report): string => {
    const document: Findings = { schema: 'tidegate/findings/v1', findings: [...findings] };
    return `${JSON.stringify(document)}\n`;
  },
  /** Workflow commands: GitHub shows them beside the lines of a pull request. */
  github: ({ folder, findings }: Report): string =>
    findings.map((finding) => `${githubCommand(folder, finding)}\n`).join(''),
} as const;

const frameCharactersMax = 120;

/** One line that editors and people can follow, the line it is about, and what to write instead. */
function textOf(folder: string, finding: Finding, line: string | undefined): string {
  const { column, suggestion } = finding;
  const parts = [printable(findingLine({ ...finding, file: join(folder, finding.file) }))];
  if (line !== undefined && column <= frameCharactersMax) {
    const number = String(finding.line);
    parts.push(`  ${number} | ${printable(line).slice(0, frameCharactersMax)}`);
    parts.push(`  ${' '.repeat(number.length)} | ${' '.repeat(column - 1)}^`);
  }
  if (suggestion !== null) parts.push(`  did you mean: ${printable(suggestion)}`);
  return `${parts.join('\n')}\n`;
}

const githubLevels = { error: 'error', warning: 'warning', info: 'notice' } as const;

function githubCommand(
  folder: string,
  { rule, severity, file, line, column, message, suggestion }: Finding,
): string {
  const told = suggestion === null ? message : `${message} Did you mean: ${suggestion}`;
  const properties = { file: join(folder, file), line, col: column, title: rule };
  const written = Object.entries(properties).map(
    ([name, value]) => `${name}=${escapeProperty(String(value))}`,
  );
  return `::${githubLevels[severity]} ${written.join(',')}::${escapeData(told)}`;
}

const escapeData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const escapeProperty = (text: string): string =>
  escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
