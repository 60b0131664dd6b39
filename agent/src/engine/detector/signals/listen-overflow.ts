/**
 * The server's backlog of half-open connections is full: `ListenOverflows` and SYN cookies of the kernel. Both are of the
 * whole host, so they speak for the target only where it receives many more connection requests than usual.
 */
import { percent, ramp } from './signal.ts';
import type { Signal } from './signal.ts';

const perSecondNone = 5;
const perSecondFull = 100;

export const listenOverflow: Signal = {
  name: 'listen-overflow',
  group: 'conversation',
  needsTime: true,
  // A crowd that is more than the server can take overflows its backlog too.
  isWeak: true,
  judge(picture) {
    const { host } = picture;
    if (host === null) return null;
    const value = host.listenOverflows + host.synCookiesSent;
    const share = picture.share('tcpSyn');
    const score = ramp(value, perSecondNone, perSecondFull) * ramp(share, 0.1, 0.4);
    const reason = (): string =>
      `the host refused ${host.listenOverflows.toFixed(0)} connection requests or answered them with cookies ` +
      `(${host.synCookiesSent.toFixed(0)}); they are ${percent(share)} of the excess`;
    return { score, value, usual: null, reason };
  },
};
