/** Mail through SMTP, as plain text; mails of one incident make one thread (RFC 5322, section 3.6.4). */
import { createTransport } from 'nodemailer';
import type { CompiledChannel, Notification } from '@tidegate/schemas';
import type { Delivery } from '../outbox.ts';
import { shortReason } from '../reason.ts';
import { plainText, titleOf } from '../words.ts';

type Email = Extract<CompiledChannel['to'], { type: 'email' }>;

const stepMs = 5000;

export async function sendMail(
  notification: Notification,
  { host, port, security, user, from, to }: Email,
  password: string | null,
): Promise<Delivery> {
  const transport = createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    connectionTimeout: stepMs,
    greetingTimeout: stepMs,
    socketTimeout: stepMs,
    ...(user === undefined || password === null ? {} : { auth: { user, pass: password } }),
  });
  const domain = from.slice(from.indexOf('@') + 1);
  const thread = `<${notification.incident}@${domain}>`;
  try {
    await transport.sendMail({
      from: { name: 'Tidegate', address: from },
      to: [...to],
      subject: titleOf(notification),
      text: plainText(notification),
      messageId: `<${notification.id}@${domain}>`,
      references: thread,
      inReplyTo: thread,
      headers: { 'auto-submitted': 'auto-generated' },
    });
    return { ok: true };
  } catch (error) {
    const code = (error as { responseCode?: number }).responseCode;
    // RFC 5321, section 4.2.1: 5yz will not be taken another time either.
    const isFinal = code !== undefined && code >= 500;
    return { ok: false, reason: shortReason(error), isFinal, retryAfterMs: null };
  } finally {
    transport.close();
  }
}
