/**
 * PagerDuty: Events API v2. One alert an incident, by its `dedup_key`: the end resolves it, everything else triggers it
 * (again), which adds to its log. Limits: summary 1024 characters, dedup_key 255, event 512 kB.
 */
import type { Notification } from '@tidegate/schemas';
import type { Post } from '../transport.ts';
import { cut, isCritical, titleOf } from '../words.ts';

export function pagerDutyPost(notification: Notification, url: string, routingKey: string): Post {
  const { occasion, at, node, group, incident, target, family, others: _, ...details } = notification;
  return {
    url,
    headers: {},
    body: JSON.stringify({
      routing_key: routingKey,
      event_action: occasion === 'closed' ? 'resolve' : 'trigger',
      dedup_key: incident,
      client: 'Tidegate',
      payload: {
        summary: cut(`${titleOf(notification)}: ${notification.summary}`, 1024),
        source: node,
        severity: isCritical(notification) ? 'critical' : 'warning',
        timestamp: at,
        component: target,
        group,
        class: family,
        custom_details: details,
      },
    }),
  };
}
