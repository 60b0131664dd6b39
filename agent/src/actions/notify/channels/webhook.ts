/**
 * A receiver of the user's own: the notification as it is (tidegate/notification/v1). With a key the header
 * `Tidegate-Signature: t=SECONDS,v1=HEX` carries the HMAC-SHA-256 (RFC 2104) of "SECONDS.BODY": a receiver compares it
 * in constant time, and refuses what is old.
 */
import { createHmac } from 'node:crypto';
import type { Notification } from '@tidegate/schemas';
import type { Post } from '../transport.ts';

export function webhookPost(
  notification: Notification,
  url: string,
  secret: string | null,
  nowMs: number,
): Post {
  const body = JSON.stringify(notification);
  const seconds = Math.floor(nowMs / 1000);
  const signed = secret === null ? null : createHmac('sha256', secret).update(`${seconds}.${body}`);
  return {
    url,
    headers: {
      'idempotency-key': notification.id,
      ...(signed === null ? {} : { 'tidegate-signature': `t=${seconds},v1=${signed.digest('hex')}` }),
    },
    body,
  };
}
