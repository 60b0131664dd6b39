/** Whether the BGP speakers of the configuration answer, and have neighbours to tell. */
import { reasonOf } from '../../../ports.ts';
import type { SpeakerSettings } from '../../speakers.ts';
import { fail, ok, warn, type Check, type Result } from '../check.ts';
import type { Context } from '../context.ts';

export const bgpSpeakers: Check = {
  id: 'bgp-speakers',
  title: 'BGP speaker',
  needs: 'configuration',
  run: async ({ host, settings, bundle }) => {
    const { speakers } = settings!;
    const missing = (bundle?.speakers ?? []).filter((name) => !speakers.some((one) => one.name === name));
    if (missing.length > 0)
      return fail(
        `the policy announces through ${missing.join(' and ')}, which the configuration does not name`,
        {
          meaning: 'Steps with flowspec and rtbh are refused; the steps before them go on.',
          fix: 'Name it under speakers in the configuration of the agent, with gobgp or site, and owned.',
        },
      );
    if (speakers.length === 0) return ok('none in the configuration: nothing is announced');
    const results = await Promise.all(speakers.map(async (speaker) => await looked(host, speaker)));
    const order = ['fail', 'warn', 'ok'] as const;
    return order.flatMap((status) => results.filter((one) => one.status === status))[0]!;
  },
};

async function looked(host: Context['host'], speaker: SpeakerSettings): Promise<Result> {
  const {
    name,
    place: { kind, address },
  } = speaker;
  const isSite = kind === 'site';
  try {
    const neighbours = await host.neighboursOf(speaker);
    const up = neighbours.filter(({ isEstablished }) => isEstablished).map(({ address }) => address);
    if (up.length > 0) return ok(`${name} at ${address} tells ${up.join(', ')}`);
    return warn(`${name} at ${address} has no neighbour with an established session`, {
      meaning: 'Routes are accepted, and nobody hears of them until a session comes up.',
      fix: 'Look at `gobgp neighbor`, and at the log of the router.',
    });
  } catch (error) {
    return fail(`${name} at ${address} does not answer: ${reasonOf(error)}`, {
      meaning: 'Routes wait until it answers; the steps before them go on.',
      fix: isSite
        ? 'Start tidegate-agent speaker at this address, or correct site in the configuration.'
        : 'Start gobgpd with --api-hosts at this address, or correct gobgp in the configuration.',
    });
  }
}
