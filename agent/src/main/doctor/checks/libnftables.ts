/** Whether libnftables can be loaded; whether it may be used is asked apart. */
import { ok, type Check } from '../check.ts';
import { withoutNftables } from '../fallback.ts';
import { reasonOf } from '../../../ports.ts';

export const libnftables: Check = {
  id: 'libnftables',
  title: 'libnftables',
  run: (context) => {
    try {
      context.host.loadLibrary('libnftables.so.1');
      return ok('present');
    } catch (error) {
      return withoutNftables(context, reasonOf(error), 'Install it: apt-get install libnftables1.');
    }
  },
};
