/** Whether there is a configuration, and whether the agent would take it. */
import { fail, ok, warn, type Check } from '../check.ts';

export const configuration: Check = {
  id: 'configuration',
  title: 'configuration',
  run: ({ configuration: { path, ...read }, host }) => {
    if ('settings' in read) return ok(`${path}, node ${read.settings.node}`);
    if (host.read(path) === 'absent')
      return warn(`there is no ${path}`, {
        meaning: 'What follows is about a default set-up; folders and controller are not looked at.',
        fix: 'Write it, or name another one: --config FILE.',
      });
    return fail(read.problem, {
      meaning: 'The agent does not start.',
      fix: 'Correct what is named, or make the file readable for this user.',
    });
  },
};
