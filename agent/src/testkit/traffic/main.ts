/**
 * The generator's own process. The argument is `{ interfaceName, destinationMac }`; each line on stdin is a flood to
 * send, or `stop` to end the present one early; each line on stdout is a result, or `{ error }`. It ends with stdin.
 */
import { createInterface } from 'node:readline';
import { openEmitter } from './emitter.ts';
import { pace, type FloodRequest } from './pace.ts';

const { interfaceName, destinationMac } = JSON.parse(process.argv[2] ?? '{}') as {
  interfaceName: string;
  destinationMac: string;
};
const emitter = openEmitter(interfaceName);
let stopped = false;
let last = Promise.resolve();

async function run(line: string): Promise<void> {
  stopped = false;
  try {
    const result = await pace(emitter, JSON.parse(line) as FloodRequest, destinationMac, () => stopped);
    process.stdout.write(`${JSON.stringify(result)}\n`);
  } catch (error) {
    process.stdout.write(
      `${JSON.stringify({ error: error instanceof Error ? error.message : String(error) })}\n`,
    );
  }
}

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  if (line === 'stop') stopped = true;
  else last = last.then(() => run(line));
});
lines.on('close', () => {
  stopped = true;
  void last.then(() => {
    emitter.close();
  });
});
process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
