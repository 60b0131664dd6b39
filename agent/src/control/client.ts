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
