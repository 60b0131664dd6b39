/** The sender's own process: the first message is the mix, each one after it a run to be sent. It ends with its parent. */
import { openMixEmitter, type MixEmitter, type MixTask, type Sent } from './emitter.ts';
import type { MixAnswer, MixResult, MixRun } from './sender.ts';

let emitter: MixEmitter | undefined;

function handle(message: MixTask | MixRun): MixAnswer {
  if ('plan' in message) {
    emitter = openMixEmitter(message);
    return { ready: true };
  }
  if (emitter === undefined) throw new Error('no mix has been given');
  return { result: send(emitter, message) };
}

function send(mix: MixEmitter, { interfaceName, packets }: MixRun): MixResult {
  const before = mix.sent();
  mix.rewind();
  const fromMs = performance.now();
  mix.emit(interfaceName, packets);
  const durationMs = performance.now() - fromMs;
  const sent = Object.fromEntries(
    Object.entries(mix.sent()).map(([name, now]): [string, Sent] => [
      name,
      { packets: now.packets - before[name]!.packets, bytes: now.bytes - before[name]!.bytes },
    ]),
  );
  const total = Object.values(sent).reduce((sum, kind) => sum + kind.packets, 0);
  return { sent, packets: total, durationMs };
}

process.on('message', (message: MixTask | MixRun) => {
  let answer: MixAnswer;
  try {
    answer = handle(message);
  } catch (error) {
    answer = { error: error instanceof Error ? error.message : String(error) };
  }
  process.send?.(answer);
});
process.on('disconnect', () => emitter?.close());
