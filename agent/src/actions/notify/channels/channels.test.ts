/**
 * What each vendor is sent, against the shapes and limits that they publish: Discord (resources/webhook,
 * resources/message), Slack (incoming webhooks, Block Kit), PagerDuty (Events API v2), Opsgenie (Alert API v2).
 * The vendors themselves cannot be reached from a test.
 */
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { longest, sample } from '../sample.contract.ts';
import { discordPost } from './discord.ts';
import { opsgeniePost } from './opsgenie.ts';
import { pagerDutyPost } from './pagerduty.ts';
import { slackPost } from './slack.ts';
import { webhookPost } from './webhook.ts';

const occasions = ['opened', 'answered', 'failed', 'closed'] as const;
const samples = occasions.flatMap((occasion) => [sample({ occasion }), longest({ occasion })]);

interface Embed {
  readonly title: string;
  readonly description: string;
  readonly color: number;
  readonly timestamp: string;
  readonly fields: readonly { readonly name: string; readonly value: string; readonly inline: boolean }[];
}
interface Block {
  readonly type: string;
  readonly text?: { readonly type: string; readonly text: string };
  readonly fields?: readonly { readonly type: string; readonly text: string }[];
}

describe('Discord', () => {
  const embedOf = (notification: ReturnType<typeof sample>): Embed => {
    const { url, body } = discordPost(notification, 'https://discord.com/api/webhooks/1/token');
    expect(url).toBe('https://discord.com/api/webhooks/1/token');
    const message = JSON.parse(body) as { embeds: Embed[]; allowed_mentions: unknown; username: string };
    expect(message.allowed_mentions).toEqual({ parse: [] });
    expect(message.embeds).toHaveLength(1);
    return message.embeds[0]!;
  };

  it('gets one embed within its limits', () => {
    for (const notification of samples) {
      const { title, description, fields } = embedOf(notification);
      expect(title.length).toBeLessThanOrEqual(256);
      expect(description.length).toBeLessThanOrEqual(4096);
      expect(fields.length).toBeLessThanOrEqual(25);
      let all = title.length + description.length;
      for (const { name, value } of fields) {
        expect(name.length).toBeGreaterThan(0);
        expect(value.length).toBeGreaterThan(0);
        expect(name.length).toBeLessThanOrEqual(256);
        expect(value.length).toBeLessThanOrEqual(1024);
        all += name.length + value.length;
      }
      expect(all).toBeLessThanOrEqual(6000);
    }
  });

  it('says what, where, how sure, why, what was done, and how to undo it', () => {
    const { title, fields } = embedOf(sample());
    expect(title).toBe('Attack: dns_amplification on 203.0.113.10 (web, web-1)');
    const of = (name: string): string | undefined => fields.find((field) => field.name === name)?.value;
    expect(of('Confidence')).toBe('97 %');
    expect(of('Why')).toContain('receives 41.2 kpps');
    expect(of('What was done')).toContain('03:04:05  mit-0123456789abcdef takes effect');
    expect(of('On the node')).toContain('tidegate-agent release inc-00112233445566aa');
  });

  it('reads nothing of it as formatting or as a call', () => {
    const { fields } = embedOf(sample({ named: ['@everyone **bold** `x`'] }));
    expect(fields.find(({ name }) => name === 'Why')?.value).toContain('\\*\\*bold\\*\\* \\`x\\`');
  });
});

describe('Slack', () => {
  const messageOf = (notification: ReturnType<typeof sample>) =>
    JSON.parse(slackPost(notification, 'https://hooks.slack.com/services/T/B/x').body) as {
      text: string;
      blocks: Block[];
    };

  it('gets blocks within its limits, and a text for those that show none', () => {
    for (const notification of samples) {
      const { text, blocks } = messageOf(notification);
      expect(text.length).toBeGreaterThan(0);
      expect(blocks.length).toBeLessThanOrEqual(50);
      for (const block of blocks) {
        if (block.type === 'header') expect(block.text?.text.length).toBeLessThanOrEqual(150);
        if (block.type === 'section' && block.text !== undefined)
          expect(block.text.text.length).toBeLessThanOrEqual(3000);
        for (const field of block.fields ?? []) expect(field.text.length).toBeLessThanOrEqual(2000);
        expect(block.fields?.length ?? 1).toBeLessThanOrEqual(10);
      }
    }
  });

  it('reads nothing of it as a link or a call', () => {
    const text = JSON.stringify(messageOf(sample({ named: ['<!channel> & <http://x|y>'] })).blocks);
    expect(text).toContain('&lt;!channel&gt; &amp; &lt;http://x|y&gt;');
  });
});

describe('PagerDuty', () => {
  const eventOf = (notification: ReturnType<typeof sample>) =>
    JSON.parse(pagerDutyPost(notification, 'https://events.pagerduty.com/v2/enqueue', 'key').body) as Record<
      string,
      unknown
    > & { payload: Record<string, unknown> };

  it('triggers one alert an incident, and resolves it with its end', () => {
    const actions = occasions.map((occasion) => eventOf(sample({ occasion })));
    expect(actions.map(({ event_action }) => event_action)).toEqual([
      'trigger',
      'trigger',
      'trigger',
      'resolve',
    ]);
    expect(new Set(actions.map(({ dedup_key }) => dedup_key))).toEqual(new Set(['inc-00112233445566aa']));
  });

  it('gets what Events API v2 asks for, within its limits', () => {
    for (const notification of samples) {
      const event = eventOf(notification);
      expect(event).toMatchObject({ routing_key: 'key', payload: { source: notification.node } });
      expect(String(event['dedup_key']).length).toBeLessThanOrEqual(255);
      expect(String(event.payload['summary']).length).toBeLessThanOrEqual(1024);
      expect(['critical', 'error', 'warning', 'info']).toContain(event.payload['severity']);
      expect(JSON.stringify(event).length).toBeLessThan(512_000);
    }
  });

  it('is not woken as critical by what nobody can name', () => {
    const severity = (changes: Parameters<typeof sample>[0]) => eventOf(sample(changes)).payload['severity'];
    expect(severity({})).toBe('critical');
    expect(severity({ family: 'unclassified' })).toBe('warning');
    expect(severity({ confidence: 0.5 })).toBe('warning');
    expect(severity({ occasion: 'failed', confidence: 0.5 })).toBe('critical');
  });
});

describe('Opsgenie', () => {
  const requestOf = (notification: ReturnType<typeof sample>) => {
    const { url, headers, body } = opsgeniePost(notification, 'https://api.opsgenie.com', 'key');
    expect(headers).toEqual({ authorization: 'GenieKey key' });
    return { url, body: JSON.parse(body) as Record<string, string> };
  };

  it('creates an alert, adds notes to it and closes it, by its alias', () => {
    expect(occasions.map((occasion) => requestOf(sample({ occasion })).url)).toEqual([
      'https://api.opsgenie.com/v2/alerts',
      'https://api.opsgenie.com/v2/alerts/inc-00112233445566aa/notes?identifierType=alias',
      'https://api.opsgenie.com/v2/alerts/inc-00112233445566aa/notes?identifierType=alias',
      'https://api.opsgenie.com/v2/alerts/inc-00112233445566aa/close?identifierType=alias',
    ]);
  });

  it('gets texts within its limits', () => {
    for (const notification of samples) {
      const { body } = requestOf(notification);
      expect((body['message'] ?? '').length).toBeLessThanOrEqual(130);
      expect((body['description'] ?? '').length).toBeLessThanOrEqual(15_000);
      expect((body['note'] ?? '').length).toBeLessThanOrEqual(25_000);
      expect((body['source'] ?? '').length).toBeLessThanOrEqual(100);
    }
    expect(requestOf(sample()).body).toMatchObject({ alias: 'inc-00112233445566aa', priority: 'P1' });
  });
});

describe('a receiver of the user', () => {
  it('gets the notification as it is, with a signature that it can check', () => {
    const { body, headers } = webhookPost(sample(), 'https://example.org/', 'secret', 1_764_000_000_900);
    expect(JSON.parse(body)).toEqual(sample());
    expect(headers['idempotency-key']).toBe('inc-00112233445566aa-opened-1');
    const [, seconds, hex] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(headers['tidegate-signature'] ?? '') ?? [];
    expect(seconds).toBe('1764000000');
    expect(createHmac('sha256', 'secret').update(`${seconds}.${body}`).digest('hex')).toBe(hex);
  });

  it('gets no signature without a key', () => {
    expect(webhookPost(sample(), 'https://example.org/', null, 0).headers).not.toHaveProperty(
      'tidegate-signature',
    );
  });
});
