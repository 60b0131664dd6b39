/**
 * The local control socket: one JSON document a line, a request and its answer. An answer may be followed by a stream of
 * further lines, which ends with the connection. Only the owner of the socket file (root, or the agent's own user) may
 * connect; it needs no network and no git.
 */
import { chmodSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import type { Server, Socket } from 'node:net';
import { dirname } from 'node:path';
import { TidegateError, check } from '@tidegate/schemas';
import type { ControlRequest, ControlResponse } from '@tidegate/schemas';

export type ControlHandler = (request: ControlRequest) => Promise<ControlResponse | ControlStream>;

/** An answer, and what follows it. */
export interface ControlStream {
  readonly answer: ControlResponse;
  begin(output: StreamOutput): void;
}

export interface StreamOutput {
  write(text: string): void;
  /** Bytes that were written and not taken yet. */
  readonly pendingBytes: number;
  /** Ends the connection behind what was written. */
  end(): void;
  /** The other side wants no more, but takes what is still to come. */
  onEnough(call: () => void): void;
  /** Nobody is there any more. */
  onGone(call: () => void): void;
}

const requestBytesMax = 65_536;
const connectionsMax = 16;

/** Listens; refuses when another live agent holds the socket, and replaces a dead one's file. */
export async function serveControl(
  path: string,
  handler: ControlHandler,
): Promise<{ close(): Promise<void> }> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  if (existsSync(path)) {
    if (await answers(path))
      throw new TidegateError(
        'TG2009',
        `another agent is running behind ${path}; stop it first, or give this one its own runDir`,
      );
    rmSync(path, { force: true });
  }
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
    converse(socket, handler);
  });
  server.maxConnections = connectionsMax;
  await listen(server, path);
  chmodSync(path, 0o600);
  return {
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const socket of open) socket.end();
        setTimeout(() => {
          for (const socket of open) socket.destroy();
        }, 200).unref();
      });
    },
  };
}

function converse(socket: Socket, handler: ControlHandler): void {
  let text = '';
  let turn = Promise.resolve();
  let isStreaming = false;
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    text += chunk;
    if (text.length > requestBytesMax) {
      socket.destroy();
      return;
    }
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      turn = turn.then(async () => {
        const reply = await replyTo(line, handler);
        const answer = 'begin' in reply ? reply.answer : reply;
        if (socket.destroyed || isStreaming) return;
        socket.write(`${JSON.stringify(answer)}\n`);
        if (!('begin' in reply)) return;
        isStreaming = true;
        reply.begin(outputOn(socket));
      });
    }
  });
  // Whoever has asked everything still gets the answers.
  socket.on('end', () => {
    void turn.then(() => {
      if (!isStreaming) socket.end();
    });
  });
}

function outputOn(socket: Socket): StreamOutput {
  return {
    write: (text) => {
      if (!socket.destroyed) socket.write(text);
    },
    get pendingBytes() {
      return socket.writableLength;
    },
    end: () => socket.end(),
    onEnough: (call) => {
      if (socket.readableEnded) call();
      else socket.once('end', call);
    },
    onGone: (call) => {
      if (socket.destroyed) call();
      else socket.once('close', call);
    },
  };
}

async function replyTo(line: string, handler: ControlHandler): Promise<ControlResponse | ControlStream> {
  try {
    const request = check('control-request', JSON.parse(line));
    if (!request.ok)
      return failure('TG2012', `the request does not fit its schema: ${request.problems[0].message}`);
    return await handler(request.value);
  } catch (error) {
    if (error instanceof TidegateError) return failure(error.code, error.message);
    return failure('TG2012', error instanceof Error ? error.message : String(error));
  }
}

const failure = (code: string, message: string): ControlResponse => ({
  schema: 'tidegate/control-error/v1',
  code,
  message,
});

async function answers(path: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(path);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => {
      resolve(false);
    });
  });
}

async function listen(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
