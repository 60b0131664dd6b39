/** Runs the system's ping and turns its lines into attempts. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Attempt } from './attempt.ts';

/** Pings `target` every `intervalMs` until the returned function is called, which gives all attempts. */
export function startPing(target: string, intervalMs: number): () => Promise<Attempt[]> {
  const child = spawn('ping', ['-n', '-D', '-i', String(intervalMs / 1000), '-W', '1', target], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const offsetNs = Number(process.hrtime.bigint()) - Date.now() * 1e6;
  const replies = new Map<number, number>();
  let transmitted = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    transmitted = parseTransmitted(line) ?? transmitted;
    const reply = parseReply(line);
    if (reply !== null && !replies.has(reply.seq)) replies.set(reply.seq, reply.sentMs * 1e6 + offsetNs);
  });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      resolve();
    });
  });
  return async () => {
    // A reply that is still on its way is no loss.
    await new Promise((resolve) => setTimeout(resolve, 200));
    child.kill('SIGINT');
    await ended;
    // The last request may be cut off by the end itself.
    return attemptsFrom(target, replies, intervalMs, transmitted - 1);
  };
}

/** `[1700000000.123456] 64 bytes from 192.0.2.1: icmp_seq=7 ttl=64 time=0.050 ms` */
export function parseReply(line: string): { seq: number; sentMs: number } | null {
  const found = /^\[(\d+\.\d+)\].*icmp_seq=(\d+) .*time=([\d.]+) ms/.exec(line);
  if (found === null) return null;
  return { seq: Number(found[2]), sentMs: Number(found[1]) * 1000 - Number(found[3]) };
}

/** `300 packets transmitted, 298 received, 0.666667% packet loss, time 2990ms` */
export function parseTransmitted(line: string): number | null {
  const found = /^(\d+) packets transmitted/.exec(line);
  return found === null ? null : Number(found[1]);
}

/**
 * Every request, `transmitted` of them; one without a reply was lost. The 16-bit sequence number must not wrap.
 */
export function attemptsFrom(
  target: string,
  replies: ReadonlyMap<number, number>,
  intervalMs: number,
  transmitted: number,
): Attempt[] {
  const attempts: Attempt[] = [];
  const last = Math.max(transmitted, ...replies.keys());
  const first = Math.min(...replies.keys());
  let before = (replies.get(first) ?? 0) - first * intervalMs * 1e6;
  for (let seq = 1; seq <= last; seq += 1) {
    const atNs = replies.get(seq) ?? before + intervalMs * 1e6;
    attempts.push({ kind: 'ping', target, atNs, ok: replies.has(seq) });
    before = atNs;
  }
  return replies.size === 0 ? [] : attempts;
}
