/** Whether an agent is running here, and how it says it is. */
import { agentVersion } from '../../version.ts';
import { controlSocket } from '../../config.ts';
import { fail, ok, skipped, warn, type Check } from '../check.ts';
import type { Context } from '../context.ts';

export const agent: Check = {
  id: 'agent',
  title: 'agent',
  needs: 'configuration',
  run: async (context) => {
    const asked = await context.agent();
    if (asked === null) return skipped('there is no configuration');
    if ('silent' in asked) return silence(asked.silent, context);
    const { answer } = asked;
    if (answer.schema !== 'tidegate/control-status/v1')
      return fail('an agent answers, but not what was asked', {
        meaning: 'It is of another version.',
        fix: `Restart it, so that it is version ${agentVersion}.`,
      });
    const { version, capture, mode, failed } = answer.heartbeat;
    const found = `running, version ${version}, ${mode ?? 'without a policy'}, capture ${capture}`;
    if (failed === null) return ok(found);
    return warn(`${found}; a newer policy was refused at ${failed.stage}: ${failed.reason}`, {
      meaning:
        mode === null
          ? 'It watches nothing until a policy can be put in force.'
          : 'The policy before stays in force.',
      fix: 'Mend what the reason names, or publish a corrected policy.',
    });
  },
};

function silence(silent: 'absent' | 'hangs' | 'garbled', { host, settings, configuration }: Context) {
  const socket = controlSocket(settings!);
  if (silent === 'absent' && host.socket(socket) === 'denied')
    return skipped(`${host.user.name} may not open ${socket}`, "Run doctor as root or as the agent's user.");
  if (silent === 'absent')
    return warn('not running', {
      meaning: 'Nothing defends this machine now, but for rules whose TTL is not over.',
      fix: `Start it: tidegate-agent run --config ${configuration.path}.`,
    });
  if (silent === 'garbled')
    return fail(`an agent is running behind ${socket}, and its answer cannot be read`, {
      meaning: 'It is of another version: orders to it may not be understood.',
      fix: `Restart it, so that it is version ${agentVersion}.`,
    });
  return fail(`the agent behind ${socket} does not answer`, {
    meaning: 'It hangs: rules in the kernel go on to their TTL, new attacks are not answered.',
    fix: 'Restart it; tidegate-agent stop-all takes its rules out also while it hangs.',
  });
}
