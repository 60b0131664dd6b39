/** Whether audit records are kept until the controller has them. */
import { join } from 'node:path';
import type { AgentSettings } from '../../config.ts';
import { fail, ok, skipped, warn, type Check, type Result } from '../check.ts';
import type { Host } from '../host/host.ts';
import { sizeText } from '../size-text.ts';

const [fullShare, warnShare] = [0.99, 0.8];
const fix =
  'Bring the controller back, free space on the disk, or raise spoolBytesMax; kernel rules go on meanwhile.';

export const auditSpool: Check = {
  id: 'audit-spool',
  title: 'audit spool',
  needs: 'configuration',
  run: async ({ host, settings, agent }) => {
    const asked = await agent();
    const status = asked !== null && 'answer' in asked ? asked.answer : null;
    if (status?.schema !== 'tidegate/control-status/v1') return onDisk(host, settings!, '');
    const { pending, failing } = status.heartbeat.spool;
    if (failing === true)
      return fail('records are being lost', {
        meaning:
          'What the agent does now is not on record, and upstream actions stop; the gap is recorded when it is over.',
        fix,
      });
    return onDisk(host, settings!, `${pending} records wait for a receipt, `);
  },
};

function onDisk(host: Host, { stateDir, spoolBytesMax }: AgentSettings, before: string): Result {
  const bytes = host.bytesIn(join(stateDir, 'audit'));
  if (bytes === 'absent') return ok('empty');
  if (bytes === 'denied')
    return skipped('the state folder is not readable', "Run doctor as root or as the agent's user.");
  const found = `${before}${sizeText(bytes)} of ${sizeText(spoolBytesMax)}`;
  const share = bytes / spoolBytesMax;
  if (share >= fullShare)
    return fail(`full: ${found}`, { meaning: 'New records are lost, and upstream actions stop.', fix });
  if (share >= warnShare)
    return warn(`nearly full: ${found}`, { meaning: 'Soon new records are lost.', fix });
  return ok(found);
}
