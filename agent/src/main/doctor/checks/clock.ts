/** Whether something keeps the clock of this machine right. */
import { ok, warn, type Check } from '../check.ts';

export const clock: Check = {
  id: 'clock',
  title: 'clock',
  run: ({ host }) => {
    const { isSynchronised, errorMsMax } = host.clock();
    if (isSynchronised) return ok(`synchronised, within ${Math.ceil(errorMsMax)} ms`);
    return warn('no time daemon keeps it right', {
      meaning:
        'When it drifts more than 30 s away the controller refuses what the agent sends, and audit times are wrong.',
      fix: 'apt-get install chrony, or start systemd-timesyncd. Where the hypervisor keeps the clock there is nothing to do.',
    });
  },
};
