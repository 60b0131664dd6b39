/**
 * Opsgenie: Alert API v2. One alert an incident, by its alias: created, noted on, closed. Limits: message 130 characters,
 * alias 512, description 15,000, note 25,000, source 100, details 8,000.
 */
import type { Notification } from '@tidegate/schemas';
import type { Post } from '../transport.ts';
import { confidenceText, cut, isCritical, modeText, plainText, titleOf } from '../words.ts';

export function opsgeniePost(notification: Notification, url: string, apiKey: string): Post {
  const { occasion, incident, node, group, target, family, undo, explain } = notification;
  const alert = `${url}/v2/alerts/${encodeURIComponent(incident)}`;
  const headers = { authorization: `GenieKey ${apiKey}` };
  const source = cut(node, 100);
  const note = { note: cut(`${titleOf(notification)}\n\n${plainText(notification)}`, 25_000), source };
  const request = (to: string, body: object): Post => ({ url: to, headers, body: JSON.stringify(body) });
  if (occasion === 'closed') return request(`${alert}/close?identifierType=alias`, note);
  if (occasion !== 'opened') return request(`${alert}/notes?identifierType=alias`, note);
  return request(`${url}/v2/alerts`, {
    message: cut(titleOf(notification), 130),
    alias: incident,
    description: cut(plainText(notification), 15_000),
    source,
    entity: target,
    priority: isCritical(notification) ? 'P1' : 'P3',
    tags: ['tidegate', family, group],
    details: {
      incident,
      target,
      family,
      confidence: confidenceText(notification),
      mode: modeText(notification),
      ...(undo === null ? {} : { undo }),
      explain,
    },
  });
}
