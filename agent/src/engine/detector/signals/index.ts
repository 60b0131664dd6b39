/** Every signal that is known: one file each, and one line here. */
import type { Picture } from '../picture.ts';
import { amplifierPorts } from './amplifier-ports.ts';
import { capacity } from './capacity.ts';
import { indicators } from './indicators.ts';
import { lengthConcentration } from './length-concentration.ts';
import { listenOverflow } from './listen-overflow.ts';
import { newSources } from './new-sources.ts';
import { portConcentration } from './port-concentration.ts';
import { rareProtocol } from './rare-protocol.ts';
import type { Judgement, Signal, SignalGroup } from './signal.ts';
import { sourceEntropy } from './source-entropy.ts';
import { synCompletion } from './syn-completion.ts';
import { tcpCompletion } from './tcp-completion.ts';
import { unanswered } from './unanswered.ts';
import { unroutableSources } from './unroutable-sources.ts';

const signals: readonly Signal[] = [
  synCompletion,
  tcpCompletion,
  unanswered,
  listenOverflow,
  newSources,
  sourceEntropy,
  unroutableSources,
  lengthConcentration,
  portConcentration,
  amplifierPorts,
  rareProtocol,
  indicators,
  capacity,
];

/** A finding with what it measures. */
export interface Found extends Judgement {
  readonly name: string;
  readonly group: SignalGroup;
  readonly isWeak: boolean;
  readonly needsTime: boolean;
}

/** What the signals say that can be evaluated. */
export function judge(picture: Picture, readsSamples: boolean): Found[] {
  const found: Found[] = [];
  for (const signal of signals) {
    if ((signal.readsSamples ?? false) !== readsSamples) continue;
    const judgement = signal.judge(picture);
    if (judgement === null) continue;
    found.push({
      name: signal.name,
      group: signal.group,
      isWeak: signal.isWeak ?? false,
      needsTime: signal.needsTime ?? false,
      ...judgement,
    });
  }
  return found;
}
