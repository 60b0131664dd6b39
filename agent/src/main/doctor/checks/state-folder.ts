/** Whether keys, bundles and audit records can be kept. */
import { join } from 'node:path';
import { fail, ok, warn, type Check } from '../check.ts';
import type { FolderState } from '../host/host.ts';
import { sizeText } from '../size-text.ts';

/** Below this even a quiet agent runs into the end of the disk. */
const freeBytesMin = 16 * 1024 * 1024;

export const stateFolder: Check = {
  id: 'state-folder',
  title: 'state folder',
  needs: 'configuration',
  run: ({ host, settings }) => {
    const { stateDir, spoolBytesMax } = settings!;
    const state = host.folder(stateDir);
    if (state.problem !== null)
      return fail(`${stateDir}: ${state.problem}`, {
        meaning: 'The agent does not start: it keeps its key, its bundles and its audit records there.',
        fix: `As root: install -d -m 700 -o ${host.user.name} ${stateDir}; or run doctor as the agent's user.`,
      });
    const found = `${stateDir}${isNew(state, stateDir)}, ${sizeText(state.freeBytes)} free`;
    if (state.freeBytes < freeBytesMin)
      return fail(found, {
        meaning: 'Audit records are lost when the disk is full, and upstream actions stop.',
        fix: `Free some space on ${state.at}.`,
      });
    const spool = host.bytesIn(join(stateDir, 'audit'));
    const room = spoolBytesMax - (typeof spool === 'number' ? spool : 0);
    if (state.freeBytes < room)
      return warn(found, {
        meaning: `The audit spool may grow by another ${sizeText(room)} while the controller is away: the disk is full before that.`,
        fix: `Free some space on ${state.at}, or lower spoolBytesMax.`,
      });
    return ok(found);
  },
};

const isNew = ({ at }: FolderState, path: string): string =>
  at === path ? '' : ' (made at the first start)';
