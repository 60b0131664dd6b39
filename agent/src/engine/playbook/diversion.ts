/** Scrubbing: what is handed over for a target, and the rails that are about it. */
import { cidrAround, cidrCovers, parseCidr } from '@tidegate/schemas';
import type { CompiledScrubber, CompiledStep } from '@tidegate/schemas';
import { prefixOf } from './choose.ts';
import type { Refusal } from './rails.ts';
import type { Diverted, Incident, Mitigation, PlaybookState } from './state.ts';

/** The rail of what no scrubber of the policy may take. A step that it refuses has failed. */
const rail = 'scrubber';

export type Diversion = { readonly diverted: Diverted } | { readonly refusal: Refusal };

const refused = (reason: string): Diversion => ({ refusal: { rail, reason } });

/** The prefix that a step would hand over for a target; null where the policy has no such scrubber. */
export function divertedPrefix({ policy }: PlaybookState, step: CompiledStep, target: string): string | null {
  const scrubber = scrubberOf(policy, step);
  return scrubber === null ? null : prefixAround(scrubber, target);
}

const scrubberOf = (policy: PlaybookState['policy'], step: CompiledStep): CompiledScrubber | null =>
  policy?.scrubbers?.find(({ name }) => name === step.scrubber) ?? null;

/** As much around a target as the scrubber takes, and never less than the target. */
function prefixAround({ length, length6 }: CompiledScrubber, target: string): string {
  const own = parseCidr(prefixOf(target));
  return cidrAround(own, own.family === 4 ? length : length6).text;
}

/** What a scrubber is asked for. */
export function diversionFor(
  state: PlaybookState,
  step: CompiledStep,
  { id, target, family }: Incident,
): Diversion {
  const scrubber = scrubberOf(state.policy, step);
  if (scrubber === null) return refused(`no Scrubber called "${step.scrubber ?? ''}" is in force here`);
  const prefix = prefixAround(scrubber, target);
  const asked = parseCidr(prefix);
  if (!scrubber.owned.some((owned) => cidrCovers(owned, asked)))
    return refused(`${prefix} lies outside of what the Scrubber "${scrubber.name}" may be handed`);
  const blackholed = blackholedIn(state, prefix);
  if (blackholed !== null)
    return {
      refusal: { rail: 'blackholed', reason: `${blackholed} is blackholed: nothing of it could be scrubbed` },
    };
  const others = new Set(
    diversions(state).flatMap((one) => (one.scrubber === scrubber.name ? [one.prefix] : [])),
  );
  if (!others.has(prefix) && others.size >= scrubber.diversionsMax)
    return refused(
      `the Scrubber "${scrubber.name}" has ${others.size} prefixes of this node, and may have ${scrubber.diversionsMax}`,
    );
  return { diverted: { scrubber: scrubber.name, prefix, incident: id, family } };
}

/** What is scrubbed, or on its way there. Who failed does not count, though the provider may still have to be told. */
const diversions = ({ incidents }: PlaybookState): Diverted[] =>
  [...incidents.values()].flatMap(({ mitigations }) =>
    mitigations.flatMap((one) =>
      one.diverted !== undefined && one.mode === 'enforce' && one.phase !== 'failed' && !one.hasFailed
        ? [one.diverted]
        : [],
    ),
  );

/** Who scrubs an address; null for nobody. */
export function scrubbedBy(state: PlaybookState, destination: string): Diverted | null {
  const address = parseCidr(destination);
  return diversions(state).find(({ prefix }) => cidrCovers(prefix, address)) ?? null;
}

function blackholedIn({ incidents }: PlaybookState, prefix: string): string | null {
  for (const { mitigations } of incidents.values()) {
    for (const { action, phase, mode, match } of mitigations) {
      const isStanding = action === 'rtbh' && phase !== 'failed' && mode === 'enforce';
      if (isStanding && cidrCovers(prefix, parseCidr(match.destination))) return match.destination;
    }
  }
  return null;
}

/** Whether scrubbing was asked for by this playbook and is not to be had. */
export const hasScrubbingFailed = ({ mitigations, refused: refusals }: Incident, playbook: string): boolean =>
  mitigations.some((one) => one.playbook === playbook && one.action === 'scrub' && one.hasFailed) ||
  refusals.some((one) => one.startsWith(`${rail} `));

/** Whether a mitigation is handed over as the policy in force would. */
export function isDivertedAsWanted(
  state: PlaybookState,
  step: CompiledStep,
  target: string,
  { diverted }: Mitigation,
): boolean {
  if (diverted === undefined) return step.action !== 'scrub';
  const scrubber = scrubberOf(state.policy, step);
  if (scrubber === null || scrubber.name !== diverted.scrubber) return false;
  const prefix = prefixAround(scrubber, target);
  const asked = parseCidr(prefix);
  return prefix === diverted.prefix && scrubber.owned.some((owned) => cidrCovers(owned, asked));
}
