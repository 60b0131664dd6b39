/** Whether packets can be seen through libpcap. */
import { limitNote } from '../../../capture/pcap/limit.ts';
import { fail, ok, warn, type Check } from '../check.ts';
import { reasonOf } from '../../../ports.ts';

const fix =
  'apt-get install libpcap-dev make g++ python3, and npm install again: the optional package cap is built then.';

export const libpcap: Check = {
  id: 'libpcap',
  title: 'libpcap',
  needs: 'pcap',
  run: async ({ host, source }) => {
    try {
      await host.loadPcap();
      return ok(`present; ${limitNote}`);
    } catch (error) {
      const found = `the package cap cannot be loaded: ${reasonOf(error).split('\n', 1).join('')}`;
      return source === 'pcap'
        ? fail(found, { meaning: 'The agent does not start watching (capture.source: pcap).', fix })
        : warn(found, { meaning: 'There is nothing to fall back to where XDP cannot be had.', fix });
    }
  },
};
