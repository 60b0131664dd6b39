/** Whether libbpf can be called. */
import { ok, type Check } from '../check.ts';
import { withoutXdp } from '../fallback.ts';
import { reasonOf } from '../../../ports.ts';

export const libbpf: Check = {
  id: 'libbpf',
  title: 'libbpf',
  needs: 'xdp',
  run: (context) => {
    try {
      return ok(context.host.libbpfVersion());
    } catch (error) {
      return withoutXdp(context, reasonOf(error), 'Install it: apt-get install libbpf1.');
    }
  },
};
