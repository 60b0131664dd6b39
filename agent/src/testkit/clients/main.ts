/**
 * The process of the legitimate clients, run inside their namespace: argument 1 is JSON
 * `{ targets: [{ address, port }], intervalMs }`. Ends when its standard input does, and then prints the attempts.
 */
import { startConnecting } from './tcp.ts';
import { startPing } from './ping.ts';

interface Task {
  readonly targets: readonly { readonly address: string; readonly port: number }[];
  readonly intervalMs: number;
}

const task = JSON.parse(process.argv[2] ?? '') as Task;
const stops = task.targets.flatMap(({ address, port }) => [
  startPing(address, task.intervalMs),
  startConnecting(address, port, task.intervalMs),
]);
process.stdin.resume();
process.stdin.once('end', () => {
  void Promise.all(stops.map(async (stop) => await stop())).then((attempts) => {
    process.stdout.write(JSON.stringify(attempts.flat()), () => process.exit(0));
  });
});
process.stderr.write('clients are running\n');
