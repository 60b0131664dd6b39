import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TidegateError } from '@tidegate/schemas';
import type { ControlRequest } from '@tidegate/schemas';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askAgent, streamFromAgent } from './client.ts';
import { serveControl } from './server.ts';
import type { ControlHandler, StreamOutput } from './server.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tidegate-control-'));
  path = join(directory, 'run', 'control.sock');
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const done: ControlHandler = () => Promise.resolve({ schema: 'tidegate/control-done/v1', removed: 3 });
const lift = { schema: 'tidegate/control/v1', command: 'lift', by: 'test' } as const;

async function say(text: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.setEncoding('utf8').on('data', (answer: string) => {
      socket.destroy();
      resolve(answer);
    });
    socket.on('error', reject);
    socket.write(text);
  });
}

describe('the control socket', () => {
  it('answers a request, and only its owner may open it', async () => {
    const server = await serveControl(path, done);
    expect(await askAgent(path, lift, 1000)).toEqual({
      answer: { schema: 'tidegate/control-done/v1', removed: 3 },
    });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await server.close();
  });

  it('tells absent from hanging', async () => {
    expect(await askAgent(path, lift, 1000)).toEqual({ silent: 'absent' });
    const server = await serveControl(path, () => new Promise(() => undefined));
    expect(await askAgent(path, lift, 50)).toEqual({ silent: 'hangs' });
    await server.close();
  });

  it('answers what is no request with one error that names it', async () => {
    const server = await serveControl(path, done);
    expect(await say('hello\n')).toContain('"code":"TG2012"');
    expect(await say('{"schema":"tidegate/control/v1","command":"stopall","by":"x"}\n')).toContain('TG2012');
    await server.close();
  });

  it('replaces the socket of a dead agent and refuses that of a living one', async () => {
    const first = await serveControl(path, done);
    await expect(serveControl(path, done)).rejects.toThrow(/another agent is running behind/);
    await first.close();
    const dead = createServer();
    await new Promise<void>((resolve) => dead.listen(path, resolve));
    dead.close();
    const second = await serveControl(path, done);
    expect(await askAgent(path, lift, 1000)).toHaveProperty('answer');
    await second.close();
  });

  it('cuts off a request without end', async () => {
    const server = await serveControl(path, done);
    const closed = await new Promise<boolean>((resolve) => {
      const socket = connect(path, () => socket.write('x'.repeat(100_000)));
      socket.on('close', () => {
        resolve(true);
      });
      socket.on('error', () => undefined);
    });
    expect(closed).toBe(true);
    await server.close();
  });

  describe('an answer with a stream behind it', () => {
    const record: ControlRequest = {
      schema: 'tidegate/control/v1',
      command: 'record',
      ...{ durationMs: 1000, samplesPerWindow: 1, anonymise: false, bytesMax: 4096, by: 'test' },
    };
    const answer = { schema: 'tidegate/control-recording/v1', capture: 'xdp/native' } as const;
    const open = async (begin: (output: StreamOutput) => void) => {
      const server = await serveControl(path, () => Promise.resolve({ answer, begin }));
      const stream = await streamFromAgent(path, record, 1000);
      if ('silent' in stream) throw new Error(stream.silent);
      return { server, stream };
    };
    const textOf = async (bytes: AsyncIterable<Buffer>): Promise<string> => {
      let text = '';
      for await (const chunk of bytes) text += chunk.toString('utf8');
      return text;
    };

    it('comes whole, also what is written after the other side had enough', async () => {
      const { server, stream } = await open((output) => {
        output.write('one\n');
        output.onEnough(() => {
          output.write('last\n');
          output.end();
        });
      });
      expect(stream.answer).toEqual(answer);
      stream.enough();
      expect(await textOf(stream.bytes)).toBe('one\nlast\n');
      await server.close();
    });

    it('ends for the agent when nobody reads it any more', async () => {
      const gone = new Promise<void>((resolve) => {
        void open((output) => {
          output.write('one\n');
          output.onGone(resolve);
          // Who has hung up and who only wants no more look the same, until something is written.
          output.onEnough(() => {
            output.write('last\n');
          });
        }).then(async ({ stream }) => {
          for await (const chunk of stream.bytes) if (chunk.length > 0) break;
        });
      });
      await gone;
    });

    it('tells a hanging agent from one that is absent, and an error from a stream', async () => {
      expect(await streamFromAgent(path, record, 1000)).toEqual({ silent: 'absent' });
      const hanging = await serveControl(path, () => new Promise(() => undefined));
      expect(await streamFromAgent(path, record, 50)).toEqual({ silent: 'hangs' });
      await hanging.close();
      const refusing = await serveControl(path, () =>
        Promise.reject(new TidegateError('TG2012', 'one at a time')),
      );
      const refused = await streamFromAgent(path, record, 1000);
      expect(refused).toMatchObject({ answer: { schema: 'tidegate/control-error/v1', code: 'TG2012' } });
      await refusing.close();
    });
  });
});
