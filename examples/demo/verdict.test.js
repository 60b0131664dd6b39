import { describe, expect, it } from 'vitest';
import { judge } from './verdict.js';

const at = (ms) => new Date(ms).toISOString();
const incident = 'inc-0123456789abcdef';
const opened = {
  kind: 'incident.opened',
  at: at(10_080),
  body: { incident, target: '203.0.113.10', family: 'syn_flood' },
};
const intent = { kind: 'action.intent', at: at(10_081), body: { incident } };
const installed = { kind: 'action.receipt', at: at(10_083), body: { incident, level: 'installed' } };
const effective = { kind: 'action.receipt', at: at(10_110), body: { incident, level: 'effective' } };
const attack = { family: 'syn_flood', target: '203.0.113.10', controllerUp: true };
const seen = {
  firstPacketMs: 10_000,
  endMs: 14_000,
  lossBetween: (kind, _target, from) => (from === 10_110 ? 0 : kind === 'ping' ? 0.1 : 0.2),
};

describe('judge', () => {
  it('gives the times since the first packet, and loss before and after the verified drop', () => {
    expect(judge(attack, [opened, intent, installed, effective], seen)).toMatchObject({
      detectedMs: 80,
      verifiedDropMs: 110,
      legitimateLoss: { ping: 0, tcp: 0 },
      onsetLoss: { ping: 0.1, tcp: 0.2 },
      problems: [],
    });
  });

  it('names what is missing', () => {
    expect(judge(attack, [], seen).problems).toEqual(['syn_flood on 203.0.113.10 was not detected']);
    expect(judge(attack, [opened], seen).problems).toEqual([
      'no action was taken against syn_flood on 203.0.113.10',
    ]);
    expect(judge(attack, [opened, intent, installed], seen).problems).toEqual([
      'the drop of syn_flood on 203.0.113.10 was not verified',
    ]);
  });

  it('does not take an incident of another family, target or time for it', () => {
    const other = { ...opened, body: { ...opened.body, family: 'udp_flood' } };
    const early = { ...opened, at: at(5_000) };
    expect(judge(attack, [other, early, intent, effective], seen).detectedMs).toBeNull();
  });
});
