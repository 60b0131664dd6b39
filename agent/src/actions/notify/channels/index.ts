/** How each kind of channel says it: a notification and its secrets in, requests out. */
import { TidegateError, isSafeUrl } from '@tidegate/schemas';
import type { CompiledChannel, Notification } from '@tidegate/schemas';
import type { Deliver } from '../outbox.ts';
import { post } from '../transport.ts';
import { discordPost } from './discord.ts';
import { opsgeniePost } from './opsgenie.ts';
import { pagerDutyPost } from './pagerduty.ts';
import { slackPost } from './slack.ts';
import { webhookPost } from './webhook.ts';

/** Resolves a reference to a secret; rejects where a policy may not have it, or there is none. */
export type ReadSecret = (reference: string) => string;

/** Pagers keep an alert for each incident; everybody else reads, and can read of several in one. */
export const canGather = ({ to: { type } }: CompiledChannel): boolean =>
  type !== 'pagerduty' && type !== 'opsgenie';

/** Secrets are read for every notification, so that a new one counts at once. */
export function delivererOf({ to }: CompiledChannel, secret: ReadSecret, nowMs: () => number): Deliver {
  switch (to.type) {
    case 'discord':
      return async (notification) => await post(discordPost(notification, address(to.url, secret)));
    case 'slack':
      return async (notification) => await post(slackPost(notification, address(to.url, secret)));
    case 'pagerduty':
      return async (notification) => await post(pagerDutyPost(notification, to.url, secret(to.routingKey)));
    case 'opsgenie':
      return async (notification) => await post(opsgeniePost(notification, to.url, secret(to.apiKey)));
    case 'webhook':
      return async (notification) =>
        await post(
          webhookPost(notification, to.url, to.secret === undefined ? null : secret(to.secret), nowMs()),
        );
    case 'email':
      return async (notification: Notification) => {
        // Few nodes send mail: the code is loaded where one does.
        const { sendMail } = await import('./email.ts');
        return await sendMail(notification, to, to.password === undefined ? null : secret(to.password));
      };
  }
}

/** References to the secrets that a channel needs. */
export function secretsOf(to: CompiledChannel['to']): string[] {
  switch (to.type) {
    case 'discord':
    case 'slack':
      return [to.url];
    case 'pagerduty':
      return [to.routingKey];
    case 'opsgenie':
      return [to.apiKey];
    case 'webhook':
      return to.secret === undefined ? [] : [to.secret];
    case 'email':
      return to.password === undefined ? [] : [to.password];
  }
}

/** An address that is a secret itself: nobody could check it before. Throws TG5005 without saying what it is. */
function address(reference: string, secret: ReadSecret): string {
  const value = secret(reference);
  if (!URL.canParse(value) || !isSafeUrl(new URL(value)))
    throw new TidegateError('TG5005', `the secret ${reference} is no https address`);
  return value;
}
