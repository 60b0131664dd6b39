import type { LatestEntry } from '../audit/latest.ts';
import { describeRecord } from '../audit/summary.ts';
import type { Verification } from '../audit/verify/index.ts';
import { printable } from './io.ts';

/** The answer of `audit verify` for people. */
export function verificationText(result: Verification, hasWitness: boolean): string {
  const { fault, records, agents, segments, commits, tip, root, forks, rewrites } = result;
  const lines = [
    fault === null ? 'VERIFIED' : `NOT VERIFIED ${fault.code}: ${whereOf(result)}${printable(fault.message)}`,
    `records   ${records} of ${agents} agents, in ${segments} segments and ${commits} commits`,
    `tip       ${tip}`,
    `root      ${root} over ${records} records`,
  ];
  if (forks > 0)
    lines.push(
      `forks     ${forks} batches that contradict the log are kept under forks/: an agent runs twice or was tampered with`,
    );
  for (const { commit, path } of rewrites) lines.push(`rewritten ${printable(path)} by commit ${commit}`);
  if (fault === null && !hasWitness) {
    lines.push(
      'A tail that was cut off together with its checkpoints shows only against a checkpoint kept elsewhere: --witness FILE.',
    );
  }
  return `${lines.join('\n')}\n`;
}

function whereOf({ fault }: Verification): string {
  if (fault === null) return '';
  const { file, line, index, agent, seq } = fault;
  const place = file === null ? [] : [line === null ? printable(file) : `${printable(file)}:${line}`];
  const record = [
    ...(index === null ? [] : [`index ${index}`]),
    ...(agent === null ? [] : [`agent ${printable(agent)}`]),
    ...(seq === null ? [] : [`seq ${seq}`]),
  ];
  const both = [...place, ...(record.length === 0 ? [] : [`(${record.join(', ')})`])];
  return both.length === 0 ? '' : `${both.join(' ')}: `;
}

/** The answer of `audit show` for people: oldest first, as one reads. */
export function latestText(entries: readonly LatestEntry[]): string {
  return entries
    .map(
      ({ index, record }) =>
        `${index}  ${record.at}  ${record.agent} ${record.seq}  ${printable(describeRecord(record))}\n`,
    )
    .join('');
}
