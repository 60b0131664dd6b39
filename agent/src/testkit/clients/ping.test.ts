import { describe, expect, it } from 'vitest';
import { attemptsFrom, parseReply, parseTransmitted } from './ping.ts';

describe('parseReply', () => {
  it('reads a reply and when its request was sent', () => {
    const line = '[1700000000.125000] 64 bytes from 203.0.113.10: icmp_seq=7 ttl=64 time=0.500 ms';
    expect(parseReply(line)).toEqual({ seq: 7, sentMs: 1_700_000_000_124.5 });
  });

  it('passes over every other line', () => {
    expect(parseReply('PING 203.0.113.10 (203.0.113.10) 56(84) bytes of data.')).toBeNull();
    expect(parseReply('[1700000000.125000] no answer yet for icmp_seq=3')).toBeNull();
  });
});

describe('parseTransmitted', () => {
  it('reads the summary', () => {
    expect(
      parseTransmitted('300 packets transmitted, 298 received, 0.666667% packet loss, time 2990ms'),
    ).toBe(300);
    expect(parseTransmitted('--- 203.0.113.10 ping statistics ---')).toBeNull();
  });
});

describe('attemptsFrom', () => {
  it('takes what has no reply for lost, at about the time when it was sent', () => {
    const replies = new Map([
      [1, 1_000_000],
      [2, 11_000_000],
      [5, 41_000_000],
    ]);
    const attempts = attemptsFrom('203.0.113.10', replies, 10, 7);
    expect(attempts.map(({ ok }) => ok)).toEqual([true, true, false, false, true, false, false]);
    expect(attempts.map(({ atNs }) => atNs / 1e6)).toEqual([1, 11, 21, 31, 41, 51, 61]);
  });

  it('gives nothing without a reply, because nobody knows when the requests were sent', () => {
    expect(attemptsFrom('203.0.113.10', new Map(), 10, 3)).toEqual([]);
  });
});
