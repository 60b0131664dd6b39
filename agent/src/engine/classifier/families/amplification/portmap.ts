/** Portmapper (RFC 1833): the list of services, in an RPC reply (RFC 5531: message type 1). */
import { startsWithBytes } from '../../../packet/index.ts';
import { amplification } from '../../amplification.ts';

export const portmapAmplification = amplification({
  name: 'portmap',
  title: 'portmapper',
  ports: [111],
  isAnswer: (payload) => startsWithBytes(payload, [0, 0, 0, 1], 4),
});
