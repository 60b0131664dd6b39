/** The words that every channel shares. */
import type { Notification } from '@tidegate/schemas';

const openings: Readonly<Record<Notification['occasion'], string>> = {
  opened: 'Attack',
  answered: 'Answered',
  failed: 'Action failed',
  closed: 'Over',
};

/** What and where, in one line. */
export const titleOf = ({ occasion, family, target, group, node }: Notification): string =>
  `${openings[occasion]}: ${family} on ${target} (${group}, ${node})`;

export const confidenceText = ({ confidence }: Notification): string => `${Math.round(confidence * 100)} %`;

/** How severe for a pager: what is named and sure, or could not be answered, cannot wait until morning. */
export function isCritical({ occasion, family, confidence }: Notification): boolean {
  return occasion === 'failed' || (family !== 'unclassified' && confidence >= 0.8);
}

/** Whether rules act, or only count. */
export const modeText = ({ mode }: Notification): string =>
  mode === 'enforce' ? 'enforce' : 'observe: rules only count, nothing is dropped';

export interface Section {
  readonly title: string;
  readonly lines: readonly string[];
}

/** What is told beside the summary; empty parts are left out. */
export function sectionsOf(notification: Notification): Section[] {
  const { measured, named, answered, others } = notification;
  const all: Section[] = [
    { title: 'Why', lines: [...measured, ...named] },
    { title: 'What was done', lines: answered.map(({ at, text }) => `${at.slice(11, 19)}  ${text}`) },
    {
      title: 'Also',
      lines: others.map(
        ({ occasion, family, target, incident }) =>
          `${openings[occasion]}: ${family} on ${target} (${incident})`,
      ),
    },
  ];
  return all.filter(({ lines }) => lines.length > 0);
}

/** At most so many characters, with a sign where something was cut off. */
export const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1)}…`;

/** Whole lines as far as they fit, and how many did not. */
export function fitted(lines: readonly string[], most: number): string {
  const kept: string[] = [];
  let length = 0;
  for (const [index, line] of lines.entries()) {
    const more = `… and ${lines.length - index} more`;
    if (length + line.length + 1 > most - more.length - 1) {
      const room = most - length - more.length - 1;
      return [...kept, index === 0 ? cut(line, Math.max(1, room)) : more].join('\n');
    }
    kept.push(line);
    length += line.length + 1;
  }
  return kept.join('\n');
}

/** Everything, as plain text. */
export function plainText(notification: Notification): string {
  const { summary, incident, openedAt, closedAt, policy, undo, explain } = notification;
  return [
    summary,
    '',
    `incident ${incident}, opened ${openedAt}${closedAt === null ? '' : `, closed ${closedAt}`}`,
    `confidence ${confidenceText(notification)}, mode ${modeText(notification)}${policy === null ? '' : `, policy ${policy.slice(0, 12)}`}`,
    ...sectionsOf(notification).flatMap(({ title, lines }) => [
      '',
      title,
      ...lines.map((line) => `  - ${line}`),
    ]),
    '',
    ...(undo === null ? [] : [`to undo, on ${notification.node}:  ${undo}`]),
    `to know more, on ${notification.node}:  ${explain}`,
    '',
  ].join('\n');
}
