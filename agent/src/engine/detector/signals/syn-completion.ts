/**
 * Connection requests that nothing follows. A client that was answered acknowledges and sends (RFC 9293, section 3.5);
 * a flood from spoofed sources cannot, and one of bare connections has nothing to send. Where the server is seen to
 * answer ever fewer of them, its backlog is full.
 */
import { fixed, percent, ramp } from './signal.ts';
import type { Signal } from './signal.ts';

/** Pure acknowledgements for each request of a client that fetches something, where nothing is known. */
const followUpsUnknown = 4;
/** Requests that are so small a share of the excess are not what it is about. */
const shareNone = 0.08;
const shareFull = 0.3;
/** So much of the usual acknowledgements may be missing at any moment: they come in trains. */
const ackWander = 0.25;
/** Until then a crowd that is there at once has sent more requests than acknowledgements: a long round trip. */
const handshakeMs = 350;
const youngNone = 0.5;
const youngFull = 0.15;
/** Acknowledgements for each request in all, against the usual. */
const fellNone = 0.75;
const fellFull = 0.45;

export const synCompletion: Signal = {
  name: 'syn-completion',
  group: 'conversation',
  needsTime: true,
  judge(picture) {
    const requests = picture.excess('tcpSyn');
    const usual = picture.usualRatio('ackPerSyn');
    const share = picture.share('tcpSyn');
    const seesAnswers = picture.answered !== null;
    const followUps = requests === 0 ? Infinity : picture.excess('tcpAck') / requests;
    const wander = (ackWander * (picture.now('tcpAck') - picture.excess('tcpAck'))) / Math.max(1, requests);
    const known = usual ?? followUpsUnknown;
    const [none, full] =
      picture.ageMs < handshakeMs
        ? [youngNone, youngFull]
        : // Less than half of the usual, and never more than one or two: a server of short answers has clients of few words.
          [Math.min(2.5, known * 0.5), Math.min(1.25, known * 0.2)];
    const all = picture.against('ackPerSyn');
    const fell = all === null ? 1 : ramp(all, fellNone, fellFull);
    const unfollowed = ramp(followUps + wander, none, full) * fell;
    const perAnswer = seesAnswers ? requests / Math.max(1, picture.excess('outTcpSynAck')) : 1;
    const unanswered = seesAnswers ? ramp(perAnswer, 2, 5) : 0;
    const score = Math.max(unfollowed, unanswered) * ramp(share, shareNone, shareFull);
    const reason = (): string =>
      requests === 0
        ? 'no more connection requests than usual'
        : `connection requests are ${percent(share)} of the excess; each is followed by ${fixed(followUps)} acknowledgements` +
          (usual === null ? '' : `, usually by ${fixed(usual)}`) +
          (seesAnswers ? `, and one in ${fixed(Math.max(1, perAnswer))} is answered` : '');
    return { score, value: Number.isFinite(followUps) ? followUps : 0, usual, reason };
  },
};
