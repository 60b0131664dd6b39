/** Whether somebody told the agent to act no more. */
import { stopMarker } from '../../config.ts';
import { ok, skipped, warn, type Check } from '../check.ts';

export const stopAll: Check = {
  id: 'stop-all',
  title: 'stop-all',
  needs: 'configuration',
  run: ({ host, settings }) => {
    const reading = host.read(stopMarker(settings!));
    if (reading === 'absent') return ok('not in force');
    if (reading === 'denied')
      return skipped('the state folder is not readable', "Run doctor as root or as the agent's user.");
    return warn(`in force${sinceWhen(reading.text)}`, {
      meaning: 'No rule is installed, whatever comes in; this holds through restarts and new policies.',
      fix: 'When it is over: tidegate-agent lift.',
    });
  },
};

/** The order itself is what counts: a file that is cut off is one too. */
function sinceWhen(text: string): string {
  try {
    const { by, at } = JSON.parse(text) as { by?: unknown; at?: unknown };
    return ` since ${String(at)}, by ${String(by)}`;
  } catch {
    return '';
  }
}
