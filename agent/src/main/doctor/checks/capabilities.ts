/** Who this is, and whether it may do what the agent does. */
import { fail, ok, type Check } from '../check.ts';
import { capabilityNames, missingCapabilities } from '../capability.ts';

export const capabilities: Check = {
  id: 'capabilities',
  title: 'user',
  run: ({ host, source }) => {
    const { user } = host;
    const missing = missingCapabilities(host.capabilities, source);
    if (missing.length === 0)
      return ok(user.isRoot ? user.name : `${user.name}, with ${capabilityNames(source).join(', ')}`);
    const wanted = missing.join(', ');
    return fail(`${user.name} lacks ${wanted}`, {
      meaning: 'An agent of this user could not watch or drop; checks that need it are skipped here too.',
      fix: user.isRoot
        ? `This root is confined: give the container --cap-add ${missing.map((name) => name.slice('CAP_'.length)).join(' --cap-add ')}.`
        : "Run doctor as root or as the agent's user, whose unit gives them (AmbientCapabilities=).",
    });
  },
};
