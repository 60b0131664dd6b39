/** Mail to a real SMTP server on loopback. */
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, it } from 'vitest';
import { sample } from '../sample.contract.ts';
import { sendMail } from './email.ts';

const servers: SMTPServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close(() => undefined);
});

async function mailServer(options: SMTPServerOptions): Promise<{ port: number; mails: string[] }> {
  const mails: string[] = [];
  const server = new SMTPServer({
    logger: false,
    onData(stream, session, done) {
      const to = session.envelope.rcptTo.map(({ address }) => address).join();
      let text = `TO ${to}\n`;
      stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
      stream.on('end', () => {
        mails.push(text);
        done();
      });
    },
    ...options,
  });
  servers.push(server);
  // Refused connections are reported here as well.
  server.on('error', () => undefined);
  const listening = server.listen(0, '127.0.0.1');
  await new Promise((resolve) => listening.once('listening', resolve));
  return { port: (listening.address() as AddressInfo).port, mails };
}
const to = (port: number, changes: object = {}) => ({
  type: 'email' as const,
  host: '127.0.0.1',
  port,
  security: 'none' as const,
  from: 'tidegate@example.org',
  to: ['abuse@example.org', 'oncall@example.org'],
  ...changes,
});

describe('mail', () => {
  it('is sent as plain text, in the thread of its incident', async () => {
    const { port, mails } = await mailServer({ authOptional: true, disabledCommands: ['STARTTLS'] });
    expect(await sendMail(sample(), to(port), null)).toEqual({ ok: true });
    const [mail] = mails;
    expect(mail).toContain('TO abuse@example.org,oncall@example.org');
    expect(mail).toMatch(/Subject: Attack: dns_amplification on 203\.0\.113\.10 \(web,\s+web-1\)/);
    expect(mail).toContain('In-Reply-To: <inc-00112233445566aa@example.org>');
    expect(mail).toMatch(/Auto-Submitted: auto-generated/i);
    expect(mail).toContain('tidegate-agent release inc-00112233445566aa');
  });

  it('signs in where it is told to', async () => {
    let signedIn = '';
    const { port } = await mailServer({
      allowInsecureAuth: true,
      disabledCommands: ['STARTTLS'],
      onAuth: ({ username, password }, _, done) => {
        signedIn = `${username} ${password}`;
        done(null, { user: username });
      },
    });
    expect(await sendMail(sample(), to(port, { user: 'me' }), 'secret')).toEqual({ ok: true });
    expect(signedIn).toBe('me secret');
  });

  it('is not sent in clear text where STARTTLS is asked for', async () => {
    const { port, mails } = await mailServer({ authOptional: true, disabledCommands: ['STARTTLS'] });
    const delivery = await sendMail(sample(), to(port, { security: 'starttls' }), null);
    expect(delivery).toMatchObject({ ok: false });
    expect(mails).toEqual([]);
  });

  it('that is refused for good is not tried again, and a refusal for now is', async () => {
    const answering = async (responseCode: number) => {
      const { port } = await mailServer({
        authOptional: true,
        disabledCommands: ['STARTTLS'],
        onRcptTo: (_, __, done) => {
          done(Object.assign(new Error('no'), { responseCode }));
        },
      });
      return await sendMail(sample(), to(port), null);
    };
    expect(await answering(550)).toMatchObject({ ok: false, isFinal: true });
    expect(await answering(451)).toMatchObject({ ok: false, isFinal: false });
    expect(await sendMail(sample(), to(1), null)).toMatchObject({ ok: false, isFinal: false });
  });
});
