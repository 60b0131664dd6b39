/** Whether there is a configuration, and whether the agent would take it. */
import { fail, ok, warn, type Check } from '../check.ts';

export const configuration: Check = {
  id: 'configuration',
  title: 'configuration',
  run: ({ configuration: read }) => {
    if ('settings' in read) return ok(`${read.path}, node ${read.settings.node}`);
    if (read.isAbsent)
      return warn(`there is no ${read.path}`, {
        meaning: 'What follows is about a default set-up; folders and controller are not looked at.',
        fix: 'Write it, or name another one: --config FILE.',
      });
    return fail(read.problem, {
      meaning: 'The agent does not start.',
      fix: 'Correct what is named, or make the file readable for this user.',
    });
  },
};
