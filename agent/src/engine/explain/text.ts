import type { Explanation } from '@tidegate/schemas';

/** An explanation as text for a terminal. */
export function explanationText(explanation: Explanation): string {
  const { incident, summary, openedAt, closedAt, measured, named, answered } = explanation;
  const list = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  - ${line}`)];
  return [
    `${incident}  ${summary}`,
    `opened ${openedAt}${closedAt === null ? ', still open' : `, closed ${closedAt}`}`,
    ...list('Why it is an incident', measured),
    ...list('Why it has this name', named),
    ...list(
      'What was done, and why',
      answered.length === 0
        ? ['nothing: no playbook of the policy is for it']
        : answered.map(({ at, text }) => `${at.slice(11, 23)}  ${text}`),
    ),
    '',
  ].join('\n');
}
