/** Asks a running agent over its control socket. */
import { connect } from 'node:net';
import { check } from '@tidegate/schemas';
import type { ControlRequest, ControlResponse } from '@tidegate/schemas';

/** Why there is no answer: nobody is there, the agent hangs, or it is of another version. */
export type Silence = 'absent' | 'hangs' | 'garbled';
export type Asked = { readonly answer: ControlResponse } | { readonly silent: Silence };

/** Sends one request; an agent that does not answer within `timeoutMs` counts as hanging. */
export async function askAgent(path: string, request: ControlRequest, timeoutMs: number): Promise<Asked> {
  return await new Promise((resolve) => {
    const socket = connect(path);
    const deadline = setTimeout(() => {
      finish({ silent: 'hangs' });
    }, timeoutMs);
    function finish(result: Asked): void {
      clearTimeout(deadline);
      socket.destroy();
      resolve(result);
    }
    let text = '';
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write(`${JSON.stringify(request)}\n`));
    socket.on('error', () => {
      finish({ silent: 'absent' });
    });
    socket.on('close', () => {
      finish({ silent: 'hangs' });
    });
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\n')) finish(read(text));
    });
  });
}

function read(text: string): Asked {
  try {
    const checked = check('control-response', JSON.parse(text));
    return checked.ok ? { answer: checked.value } : { silent: 'garbled' };
  } catch {
    return { silent: 'garbled' };
  }
}

/** An agent's answer, and where it agreed the bytes behind it as they come. */
export interface Stream {
  readonly answer: ControlResponse;
  readonly bytes: AsyncIterable<Buffer>;
  /** Says that it is enough; what the agent still has to say comes. */
  enough(): void;
}

/** Asks for a stream; an agent that does not answer within `timeoutMs` counts as hanging. */
export async function streamFromAgent(
  path: string,
  request: ControlRequest,
  timeoutMs: number,
): Promise<Stream | { readonly silent: Silence }> {
  const socket = connect(path);
  const deadline = setTimeout(() => socket.destroy(new Error('the agent does not answer')), timeoutMs);
  try {
    socket.write(`${JSON.stringify(request)}\n`);
    const bytes = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    let head = Buffer.alloc(0);
    while (!head.includes(newline)) {
      const next = await bytes.next();
      if (next.done === true) return { silent: 'hangs' };
      head = Buffer.concat([head, next.value]);
    }
    const asked = read(head.toString('utf8', 0, head.indexOf(newline)));
    if ('silent' in asked) {
      socket.destroy();
      return asked;
    }
    if (asked.answer.schema !== 'tidegate/control-recording/v1') socket.destroy();
    const rest = head.subarray(head.indexOf(newline) + 1);
    return { answer: asked.answer, bytes: following(rest, bytes), enough: () => socket.end() };
  } catch (error) {
    socket.destroy();
    return { silent: (error as NodeJS.ErrnoException).code === undefined ? 'hangs' : 'absent' };
  } finally {
    clearTimeout(deadline);
  }
}

const newline = 0x0a;

async function* following(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (first.length > 0) yield first;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    // Whoever stops reading hangs up.
    await rest.return?.();
  }
}
