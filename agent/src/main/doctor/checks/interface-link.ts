/** Which interfaces are looked at, and whether packets can come in on them. */
import { fail, ok, warn, type Check, type Result } from '../check.ts';
import type { Context } from '../context.ts';

const origin = {
  option: '',
  bundle: ', from the last good bundle',
  up: ', not named by any policy yet',
} as const;

export const interfaceLink: Check = {
  id: 'interface-link',
  title: 'link',
  run: (context) => {
    const { interfaces } = context;
    if (interfaces.names.length === 0)
      return warn('no interface is up, but for lo', {
        meaning: 'There is nothing to watch.',
        fix: 'Name one with --interface NAME, or set one up: ip link set dev NAME up.',
      });
    const results = interfaces.names.map((name) => ({ ...linkOf(name, context), subject: name }));
    return interfaces.more === 0 ? results : [...results, passedOver(interfaces.more)];
  },
};

function linkOf(name: string, { host, interfaces }: Context): Result {
  const link = host.link(name);
  if (link === null)
    return fail('there is no such interface', {
      meaning:
        interfaces.from === 'bundle'
          ? 'The policy names it: the agent watches nothing until it is there.'
          : 'A policy that names it is not put in force on this node.',
      fix: `Correct the name; there are ${host.linkNames().join(', ')}.`,
    });
  const from = origin[interfaces.from];
  if (!link.isUp)
    return warn(`down${from}`, {
      meaning: 'No packet comes in on it.',
      fix: `ip link set dev ${name} up.`,
    });
  if (!link.isRunning)
    return warn(`up, without a carrier${from}`, {
      meaning: 'No packet comes in on it.',
      fix: 'Look at the cable and at the other end.',
    });
  return ok(`up${from}`);
}

const passedOver = (more: number): Result =>
  warn(`${more} more interfaces are up and were not looked at`, {
    meaning: 'What is wrong with them is not said here.',
    fix: 'Name those that the policy will watch: --interface NAME.',
  });
