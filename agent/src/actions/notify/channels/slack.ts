/**
 * Slack: incoming webhooks with Block Kit (reference, block-kit/blocks). Limits: header 150 characters, text of a section
 * 3000, 10 fields of 2000, 50 blocks. & < > are written as entities.
 */
import type { Notification } from '@tidegate/schemas';
import type { Post } from '../transport.ts';
import { confidenceText, cut, fitted, modeText, sectionsOf, titleOf } from '../words.ts';

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const markdown = (text: string) => ({ type: 'mrkdwn', text });
const section = (text: string) => ({ type: 'section', text: markdown(text) });

export function slackPost(notification: Notification, url: string): Post {
  const { summary, incident, undo, explain } = notification;
  const commands = [...(undo === null ? [] : [undo]), explain].join('\n');
  const blocks = [
    { type: 'header', text: { type: 'plain_text', text: cut(titleOf(notification), 150), emoji: false } },
    section(cut(escaped(summary), 3000)),
    {
      type: 'section',
      fields: [
        markdown(`*Incident*\n${incident}`),
        markdown(`*Confidence*\n${confidenceText(notification)}`),
        markdown(`*Mode*\n${escaped(modeText(notification))}`),
      ],
    },
    ...sectionsOf(notification).map(({ title, lines }) =>
      section(
        `*${title}*\n${fitted(
          lines.map((line) => `• ${escaped(line)}`),
          2900,
        )}`,
      ),
    ),
    section(`*On the node*\n\`\`\`${escaped(commands)}\`\`\``),
  ];
  return {
    url,
    headers: {},
    body: JSON.stringify({ text: cut(escaped(titleOf(notification)), 3000), blocks }),
  };
}
