import { expect, test } from 'vitest';
import { look } from '../healthy.contract.ts';
import { xdpProgram } from './xdp-program.ts';

const refuse = (message: string) => () => {
  throw new Error(message);
};

test('the kernel takes it, as machine code or not', async () => {
  expect(await look(xdpProgram)).toMatchObject({ status: 'ok' });
  expect(await look(xdpProgram, { host: { tryProgram: () => ({ jitedBytes: 0 }) } })).toMatchObject({
    status: 'warn',
  });
});

test('the kernel refuses it: the whole reason is shown', async () => {
  const reason = 'Cannot load the eBPF program tidegate: Invalid argument.\nR1 type=ctx expected=fp';
  expect(await look(xdpProgram, { host: { tryProgram: refuse(reason) } })).toMatchObject({
    status: 'fail',
    found: reason,
  });
});

test('what another check has said is not said again', async () => {
  expect(await look(xdpProgram, { host: { capabilities: 0n } })).toMatchObject({ status: 'skipped' });
  expect(await look(xdpProgram, { host: { libbpfVersion: refuse('none') } })).toMatchObject({
    status: 'skipped',
  });
});
