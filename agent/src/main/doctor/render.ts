/** Findings as lines for people. */
import type { Doctor, DoctorCheck } from '@tidegate/schemas';

/** Wide enough for every title with a usual interface name before it. */
const labelWidth = 20;
const indent = '    ';
const textWidth = 96;

const marks = { ok: '✓', warn: '!', fail: '✗', skipped: '–' } as const;
/** SGR codes (ECMA-48): green, yellow, red, faint. */
const colours = { ok: 32, warn: 33, fail: 31, skipped: 2 } as const;

export interface RenderOptions {
  readonly colours: boolean;
}

/** One line, and below it what follows and what helps, where there is something to do. */
export function renderCheck(found: DoctorCheck, title: string, options: RenderOptions): string {
  const label = (found.subject === null ? title : `${found.subject} ${title}`).padEnd(labelWidth);
  const [first = '', ...more] = found.found.trimEnd().split('\n');
  const head = `${paint(marks[found.status], found.status, options)} ${label} ${first}`;
  const below = [
    ...more.map((line) => `${indent}${line}`),
    ...(found.meaning === null ? [] : wrap(found.meaning, indent, indent)),
    ...(found.fix === null ? [] : wrap(found.fix, `${indent}→ `, `${indent}  `)),
  ];
  return `${[head, ...below].join('\n')}\n`;
}

/** What it comes down to, in one line. */
export function renderSummary({ summary }: Doctor, options: RenderOptions): string {
  const { ok, warn, fail, skipped } = summary;
  const status = fail > 0 ? 'fail' : warn > 0 ? 'warn' : 'ok';
  const parts = [
    ...(fail > 0 ? [`${fail} failed`] : []),
    ...(warn > 0 ? [counted(warn, 'warning')] : []),
    `${ok} ok`,
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  const verdict = {
    fail: 'Something keeps the agent from its work',
    warn: 'Nothing keeps the agent from its work, but look at the warnings',
    ok: 'All is well',
  }[status];
  return `\n${paint(verdict, status, options)}: ${parts.join(', ')}.\n`;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

const paint = (text: string, status: DoctorCheck['status'], options: RenderOptions): string =>
  options.colours ? `\u001b[${colours[status]}m${text}\u001b[0m` : text;

function wrap(text: string, firstIndent: string, nextIndent: string): string[] {
  const lines: string[] = [];
  let line = firstIndent;
  let isEmpty = true;
  for (const word of text.split(' ')) {
    if (!isEmpty && line.length + 1 + word.length > textWidth) {
      lines.push(line);
      line = nextIndent;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}
