import { describe, expect, test } from 'vitest';
import { createSyncookies, type FormerValue } from './syncookies.ts';

/** A machine whose sysctl has a value; `mayWrite` is whether this process may change it. */
function machine(value: string, mayWrite = true) {
  const state = { value, mayWrite, former: undefined as unknown, steps: [] as string[] };
  const former: FormerValue = {
    read: () => state.former,
    write: (text) => {
      state.steps.push(`remember ${text}`);
      state.former = text;
    },
    remove: () => {
      state.steps.push('forget');
      state.former = undefined;
    },
  };
  const sysctl = {
    read: () => state.value,
    write: (text: string) => {
      if (!state.mayWrite) throw new Error('EROFS');
      state.steps.push(`set ${text}`);
      state.value = text;
    },
    mayWrite: () => state.mayWrite,
  };
  return { state, open: () => createSyncookies(former, sysctl) };
}

describe('the first rule', () => {
  test('has the value remembered before it is changed', () => {
    const { state, open } = machine('1');
    const syncookies = open();
    expect(syncookies.refusal()).toBeNull();
    syncookies.require();
    expect(state.steps).toEqual(['remember 1', 'set 2']);
  });

  test('changes nothing where it is 2 already, and nor does the end', () => {
    const { state, open } = machine('2', false);
    const syncookies = open();
    expect(syncookies.refusal()).toBeNull();
    syncookies.require();
    syncookies.restore();
    expect(state.steps).toEqual([]);
  });

  test('is refused where this process may not, and is told what to set', () => {
    const { state, open } = machine('1', false);
    expect(open().refusal()).toContain('sysctl -w net.ipv4.tcp_syncookies=2');
    expect(() => {
      open().require();
    }).toThrow(expect.objectContaining({ code: 'TG2003' }) as Error);
    expect(state.value).toBe('1');
  });
});

describe('the last rule', () => {
  test('gives the former value back, also after a crash', () => {
    const { state, open } = machine('0');
    open().require();
    open().restore();
    expect(state).toMatchObject({ value: '0', former: undefined });
  });

  test('leaves alone what somebody else set meanwhile', () => {
    const { state, open } = machine('1');
    open().require();
    state.value = '0';
    open().restore();
    expect(state).toMatchObject({ value: '0', former: undefined });
  });

  test('keeps what is remembered where it cannot be given back now', () => {
    const { state, open } = machine('1');
    open().require();
    state.mayWrite = false;
    open().restore();
    expect(state).toMatchObject({ value: '2', former: '1' });
    state.mayWrite = true;
    open().restore();
    expect(state).toMatchObject({ value: '1', former: undefined });
  });
});

test('a value that somebody set while rules were in force is set right with the next renewal, and comes back', () => {
  const { state, open } = machine('1');
  open().require();
  state.value = '0';
  open().require();
  expect(state.value).toBe('2');
  open().restore();
  expect(state.value).toBe('0');
});

test('a kernel without SYN cookies is refused', () => {
  const syncookies = createSyncookies(
    { read: () => undefined, write: () => undefined, remove: () => undefined },
    { read: () => null, write: () => undefined, mayWrite: () => true },
  );
  expect(syncookies.refusal()).toContain('CONFIG_SYN_COOKIES');
});
