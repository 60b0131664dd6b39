/** Plex discovery (GDM): media servers that answer with an HTTP header. */
import { startsWithText } from '../../../packet/index.ts';
import { amplification } from '../../amplification.ts';

export const plexAmplification = amplification({
  name: 'plex',
  title: 'Plex discovery',
  ports: [32414],
  isAnswer: (payload) => startsWithText(payload, 'HTTP/1.'),
});
