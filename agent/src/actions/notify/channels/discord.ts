/**
 * Discord: Execute Webhook (developer documentation, resources/webhook), one embed. Limits (resources/message, embed
 * limits): title 256, description 4096, 25 fields of 256 and 1024, 6000 characters in all.
 */
import type { Notification } from '@tidegate/schemas';
import type { Post } from '../transport.ts';
import { confidenceText, cut, fitted, modeText, sectionsOf, titleOf } from '../words.ts';

const colours: Readonly<Record<Notification['occasion'], number>> = {
  opened: 0xd93025,
  answered: 0x1a73e8,
  failed: 0xf29900,
  closed: 0x188038,
};

export function discordPost(notification: Notification, url: string): Post {
  const { occasion, summary, incident, at, undo, explain } = notification;
  const field = (name: string, value: string, inline: boolean) => ({ name, value: cut(value, 1024), inline });
  const fields = [
    field('Incident', incident, true),
    field('Confidence', confidenceText(notification), true),
    field('Mode', modeText(notification), true),
    ...sectionsOf(notification).map(({ title, lines }) =>
      field(
        title,
        fitted(
          lines.map((line) => `• ${escaped(line)}`),
          1024,
        ),
        false,
      ),
    ),
    field('On the node', `\`\`\`\n${[...(undo === null ? [] : [undo]), explain].join('\n')}\n\`\`\``, false),
  ];
  return {
    url,
    headers: {},
    body: JSON.stringify({
      username: 'Tidegate',
      // Nothing that stands in a notification calls anybody.
      allowed_mentions: { parse: [] },
      embeds: [
        {
          title: cut(titleOf(notification), 256),
          description: cut(escaped(summary), 1500),
          color: colours[occasion],
          timestamp: at,
          fields,
        },
      ],
    }),
  };
}

/** Without the signs that Discord reads as formatting. */
const escaped = (text: string): string => text.replaceAll(/[\\*_~`|>]/g, '\\$&');
