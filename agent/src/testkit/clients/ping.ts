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
  createInterface({ input: child.stdout }).on('line', (line) => {
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
    return attemptsFrom(target, replies, intervalMs);
  };
}

/** `[1700000000.123456] 64 bytes from 192.0.2.1: icmp_seq=7 ttl=64 time=0.050 ms` */
export function parseReply(line: string): { seq: number; sentMs: number } | null {
  const found = /^\[(\d+\.\d+)\].*icmp_seq=(\d+) .*time=([\d.]+) ms/.exec(line);
  if (found === null) return null;
  return { seq: Number(found[2]), sentMs: Number(found[1]) * 1000 - Number(found[3]) };
}

/** Every sequence number up to the last reply; a missing one was lost. The 16-bit number must not wrap. */
export function attemptsFrom(
  target: string,
  replies: ReadonlyMap<number, number>,
  intervalMs: number,
): Attempt[] {
  const attempts: Attempt[] = [];
  const last = Math.max(0, ...replies.keys());
  let before = (replies.get(Math.min(...replies.keys())) ?? 0) - intervalMs * 1e6;
  for (let seq = 1; seq <= last; seq += 1) {
    const atNs = replies.get(seq) ?? before + intervalMs * 1e6;
    attempts.push({ kind: 'ping', target, atNs, ok: replies.has(seq) });
    before = atNs;
  }
  return attempts;
}
