import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AuditEvent, Indicators } from '@tidegate/schemas';
import { silentLog } from '../fixtures.contract.ts';
import { IndicatorDesk, IndicatorStore } from './index.ts';

let directory: string;
const desks: IndicatorDesk[] = [];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), `tg-${process.pid}-indicators-`));
});
afterEach(async () => {
  await Promise.all(
    desks.splice(0).map(async (desk) => {
      await desk.close();
    }),
  );
  rmSync(directory, { recursive: true, force: true });
});

const digestOfText = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const setOf = (text: string): Indicators => ({
  digest: digestOfText(text),
  bytes: text.length,
  addresses: 1,
  prefixes: 0,
  feeds: [],
});

type Answer = (digest: string, signal: AbortSignal) => AsyncGenerator<Uint8Array>;

/** A controller that has these sets, and a kernel that remembers what it was given. */
function setUp(...texts: string[]) {
  const events: AuditEvent[] = [];
  const used: (string | null)[] = [];
  const faults: Error[] = [];
  const state = { downloads: 0 };

  const good: Answer = async function* (digest) {
    const text = texts.find((candidate) => digestOfText(candidate) === digest);
    if (text === undefined) throw new Error('connect ECONNREFUSED');
    for (const letter of text) yield Buffer.from(letter);
  };
  const controller = { answer: good, good };
  const desk = new IndicatorDesk({
    store: new IndicatorStore(directory),
    download: async (digest, take, signal) => {
      state.downloads += 1;
      return await take(controller.answer(digest, signal));
    },
    use: (path) => {
      const fault = faults.shift();
      if (fault !== undefined) return Promise.reject(fault);
      used.push(path === null ? null : readFileSync(path, 'utf8'));
      return Promise.resolve(path === null ? null : { counts: { v4: 1, v6: 2 } });
    },
    audit: (event) => events.push(event),
    log: silentLog,
    retryMsMin: 1,
  });
  desks.push(desk);
  return { desk, events, used, faults, state, controller };
}

const inForce = async (desk: IndicatorDesk, text: string | null): Promise<void> => {
  const digest = text === null ? null : digestOfText(text);
  await vi.waitFor(() => {
    expect(desk.standing).toEqual({ wanted: digest, effective: digest, failed: null });
  });
};
const files = (): string[] => readdirSync(directory).sort();
const fileOf = (text: string): string => `${digestOfText(text).slice('sha256:'.length)}.tgi`;
const failures = (events: readonly AuditEvent[]) =>
  events.flatMap((event) => (event.kind === 'indicators.failed' ? [event.body] : []));

describe('IndicatorDesk', () => {
  it('fetches what the policy names, keeps it, and says that it is in force', async () => {
    const { desk, events, used } = setUp('first');
    desk.want(setOf('first'));
    await inForce(desk, 'first');
    expect(used).toEqual(['first']);
    expect(files()).toEqual([fileOf('first')]);
    expect(events).toEqual([
      { kind: 'indicators.loaded', body: { digest: digestOfText('first'), entries: 3 } },
    ]);
  });

  it('does nothing for another policy with the same set', async () => {
    const { desk, used, state } = setUp('first');
    desk.want(setOf('first'));
    await inForce(desk, 'first');
    desk.want(setOf('first'));
    await inForce(desk, 'first');
    expect([used, state.downloads]).toEqual([['first'], 1]);
  });

  it('takes the set away where the policy names none, and says nothing where there was none', async () => {
    const { desk, events, used } = setUp('first');
    desk.want(undefined);
    await inForce(desk, null);
    expect([used, events]).toEqual([[null], []]);
    desk.want(setOf('first'));
    await inForce(desk, 'first');
    desk.want(undefined);
    await inForce(desk, null);
    expect(used).toEqual([null, 'first', null]);
    expect(events.at(-1)).toEqual({ kind: 'indicators.loaded', body: { digest: null, entries: 0 } });
  });

  it('keeps the newest two sets, and goes back to the one before without asking', async () => {
    const { desk, state } = setUp('first', 'second', 'third');
    for (const text of ['first', 'second', 'third', 'second']) {
      desk.want(setOf(text));
      await inForce(desk, text);
    }
    expect(files()).toEqual([fileOf('second'), fileOf('third')].sort());
    expect(state.downloads).toBe(3);
  });

  it('keeps the set before while the one that is wanted does not come, and records that once', async () => {
    const { desk, events, used, controller, state } = setUp('first', 'second');
    desk.want(setOf('first'));
    await inForce(desk, 'first');

    controller.answer = async function* () {
      throw new Error('connect ECONNREFUSED');
    };
    desk.want(setOf('second'));
    await vi.waitFor(() => {
      expect(state.downloads).toBeGreaterThan(3);
    });
    expect(desk.standing).toEqual({
      wanted: digestOfText('second'),
      effective: digestOfText('first'),
      failed: { stage: 'download', reason: 'connect ECONNREFUSED' },
    });
    expect(failures(events)).toEqual([
      { digest: digestOfText('second'), stage: 'download', reason: 'connect ECONNREFUSED' },
    ]);
    controller.answer = controller.good;
    await inForce(desk, 'second');
    expect(used).toEqual(['first', 'second']);
  });

  it.each([
    ['other bytes', 'secund', 'digest', 'the bytes that came are not those that the policy names'],
    ['more bytes', 'second and more', 'digest', 'more than the 6 bytes came that the policy names'],
    ['fewer bytes', 'sec', 'download', '3 of 6 bytes came'],
  ])('hands over nothing where %s come', async (_, text, stage, reason) => {
    const { desk, used, controller } = setUp('first');
    desk.want(setOf('first'));
    await inForce(desk, 'first');

    controller.answer = async function* () {
      yield Buffer.from(text);
    };
    desk.want(setOf('second'));
    await vi.waitFor(() => {
      expect(desk.standing.failed).toEqual({ stage, reason });
    });
    await desk.close();
    expect(used).toEqual(['first']);
    expect(files()).toEqual([fileOf('first')]);
  });

  it('records what the kernel refuses, keeps the set before, and tries again', async () => {
    const { desk, events, used, faults } = setUp('first', 'second');
    desk.want(setOf('first'));
    await inForce(desk, 'first');
    faults.push(new Error('no memory'), new Error('no memory'));
    desk.want(setOf('second'));
    await inForce(desk, 'second');
    expect(used).toEqual(['first', 'second']);
    expect(failures(events)).toEqual([
      { digest: digestOfText('second'), stage: 'load', reason: 'no memory' },
    ]);
  });

  it('lets a download go when the policy names another set', async () => {
    const { desk, used, controller } = setUp('first', 'second');
    controller.answer = async function* (digest, signal) {
      if (digest === digestOfText('second')) {
        yield* controller.good(digest, signal);
        return;
      }
      yield Buffer.from('fi');
      await new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reject(new Error('let go'));
        });
      });
    };
    desk.want(setOf('first'));
    await vi.waitFor(() => {
      expect(files()).toEqual([`${fileOf('first')}.part`]);
    });
    desk.want(setOf('second'));
    await inForce(desk, 'second');
    expect([used, files()]).toEqual([['second'], [fileOf('second')]]);
  });
});

describe('IndicatorDesk after a start', () => {
  it('uses the set on disk without a controller', async () => {
    const before = setUp('first');
    before.desk.want(setOf('first'));
    await inForce(before.desk, 'first');
    const after = setUp();
    after.desk.want(setOf('first'));
    await inForce(after.desk, 'first');
    expect([after.used, after.state.downloads]).toEqual([['first'], 0]);
  });

  it('uses the newest set on disk until the one that is wanted comes', async () => {
    const before = setUp('first');
    before.desk.want(setOf('first'));
    await inForce(before.desk, 'first');
    const after = setUp();
    after.desk.want(setOf('second'));
    await vi.waitFor(() => {
      expect(after.desk.standing).toMatchObject({
        wanted: digestOfText('second'),
        effective: digestOfText('first'),
        failed: { stage: 'download' },
      });
    });
    expect(after.used).toEqual(['first']);
  });

  it('fetches anew what is damaged on disk', async () => {
    writeFileSync(join(directory, fileOf('first')), 'forst');
    const { desk, used, state } = setUp('first');
    desk.want(setOf('first'));
    await inForce(desk, 'first');
    expect([used, state.downloads]).toEqual([['first'], 1]);
  });

  it('puts the set in force again where the kernel was opened anew', async () => {
    const { desk, used, state } = setUp('first');
    desk.want(setOf('first'));
    await inForce(desk, 'first');
    desk.reload();
    await inForce(desk, 'first');
    expect([used, state.downloads]).toEqual([['first', 'first'], 1]);
  });
});
