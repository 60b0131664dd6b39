/** Asks a controller in another namespace how it stands. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { check, routes } from '@tidegate/schemas';
import type { ControllerStatus } from '@tidegate/schemas';

const run = promisify(execFile);

/** GET /v1/status, its shape checked. A socket belongs to the namespace of its process, so the question is one. */
export async function askController(
  namespace: string,
  url: string,
  caFile: string,
): Promise<ControllerStatus> {
  const ask = `process.stdout.write(await (await fetch(process.argv[1])).text())`;
  const { stdout } = await run(
    'nsenter',
    [
      `--net=/run/netns/${namespace}`,
      process.execPath,
      '--input-type=module',
      '--eval',
      ask,
      new URL(routes.status.path, url).href,
    ],
    { env: { ...process.env, NODE_EXTRA_CA_CERTS: caFile } },
  );
  const checked = check('controller-status', JSON.parse(stdout));
  if (!checked.ok) throw new Error(`the controller answered ${stdout}: ${JSON.stringify(checked.problems)}`);
  return checked.value;
}
