/** Whether our clock and the controller's agree well enough for signed requests. */
import { fail, ok, skipped, type Check } from '../check.ts';

/** What the controller accepts between the time of a signature and its own. */
const offsetSecondsMax = 30;
/** The Date header says whole seconds, rounded down. */
const middleOfSecondMs = 500;

export const controllerClock: Check = {
  id: 'controller-clock',
  title: 'controller clock',
  needs: 'controller',
  run: async ({ health }) => {
    const answer = await health().catch(() => null);
    if (answer === null) return skipped('the controller did not answer');
    const theirs = Date.parse(answer.date ?? '');
    if (Number.isNaN(theirs)) return skipped('its answer says no time');
    const oursMs = (answer.askedMs + answer.answeredMs) / 2;
    const offset = Math.round((oursMs - theirs - middleOfSecondMs) / 1000);
    const seconds = Math.abs(offset);
    if (seconds <= 1) return ok('agrees with ours within 1 s');
    const found = `ours is ${seconds} s ${offset > 0 ? 'ahead of' : 'behind'} it`;
    if (seconds <= offsetSecondsMax) return ok(found);
    return fail(found, {
      meaning: `The controller refuses signed requests that are more than ${offsetSecondsMax} s off: no policy, no audit upload.`,
      fix: 'Set the clocks of both machines right: install chrony, or start systemd-timesyncd.',
    });
  },
};
