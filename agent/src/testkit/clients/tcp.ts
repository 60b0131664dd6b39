/** Opens a new TCP connection every few milliseconds; one that is not up within a second counts as lost. */
import { connect } from 'node:net';
import type { Attempt } from './attempt.ts';

/** Less than the first retransmission of a SYN (1 s, RFC 6298): a connection whose SYN was lost is a loss. */
const connectMsMax = 900;

/** Connects to `target` until the returned function is called, which gives all attempts. */
export function startConnecting(target: string, port: number, intervalMs: number): () => Promise<Attempt[]> {
  const attempts: Promise<Attempt>[] = [];
  const timer = setInterval(() => {
    attempts.push(attempt(target, port));
  }, intervalMs);
  return async () => {
    clearInterval(timer);
    return await Promise.all(attempts);
  };
}

async function attempt(target: string, port: number): Promise<Attempt> {
  const atNs = Number(process.hrtime.bigint());
  const ok = await new Promise<boolean>((resolve) => {
    const socket = connect({ host: target, port });
    const deadline = setTimeout(() => {
      finish(false);
    }, connectMsMax);
    function finish(success: boolean): void {
      clearTimeout(deadline);
      // A reset instead of FIN leaves no TIME_WAIT behind.
      socket.resetAndDestroy();
      resolve(success);
    }
    socket.on('connect', () => {
      finish(true);
    });
    socket.on('error', () => {
      finish(false);
    });
  });
  return { kind: 'tcp', target, atNs, ok };
}
