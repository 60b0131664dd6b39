/**
 * `tidegate-agent doctor`: can this machine be defended, and if not, what is in the way?
 *
 * Promises: nothing on the system is changed, and an agent that runs is not disturbed; every finding says what it means
 * and what to do; what could not be looked at is said to be so, never taken for well. It ends within some seconds, also
 * when the controller or the agent hangs.
 *
 * One check is one file in `checks/` with its test, and one line in `registry.ts`. All that a check looks at comes in
 * through `host/host.ts`. A failure keeps the agent from what its configuration asks for, a warning makes it worse at it;
 * only failures make the exit code 1.
 */
import type { Doctor, DoctorCheck } from '@tidegate/schemas';
import { fail, skipped, type Check, type Need, type Result } from './check.ts';
import type { Context } from './context.ts';
import { reasonOf } from '../../ports.ts';

/** Makes the checks one after another; `onCheck` is told each finding as it is made. */
export async function diagnose(
  checks: readonly Check[],
  context: Context,
  onCheck: (found: DoctorCheck, title: string) => void,
): Promise<Doctor> {
  const all: DoctorCheck[] = [];
  for (const check of checks) {
    for (const result of await resultsOf(check, context)) {
      const { subject, ...rest } = result;
      const found = { id: check.id, subject, ...rest };
      all.push(found);
      onCheck(found, check.title);
    }
  }
  const count = (status: DoctorCheck['status']): number =>
    all.filter((found) => found.status === status).length;
  const summary = { ok: count('ok'), warn: count('warn'), fail: count('fail'), skipped: count('skipped') };
  return { schema: 'tidegate/doctor/v1', checks: all, summary };
}

async function resultsOf(check: Check, context: Context): Promise<readonly Result[]> {
  const without = check.needs === undefined ? null : missing[check.needs](context);
  if (without !== null) return [skipped(without)];
  try {
    const results = await check.run(context);
    return 'status' in results ? [results] : results;
  } catch (error) {
    return [
      fail(`could not be looked at: ${reasonOf(error)}`, {
        meaning: 'Nothing is known about it.',
        fix: 'Report this with the whole output.',
      }),
    ];
  }
}

/** Why a check does not apply; null where it does. */
const missing: Readonly<Record<Need, (context: Context) => string | null>> = {
  configuration: ({ settings }) => (settings === null ? 'there is no configuration' : null),
  controller: ({ settings }) =>
    settings === null
      ? 'there is no configuration'
      : settings.controller === null
        ? 'no controller is configured'
        : null,
  xdp: ({ source }) => (source === 'pcap' ? 'not used: capture.source is pcap' : null),
  pcap: ({ source }) => (source === 'xdp' ? 'not used: capture.source is xdp' : null),
};
