/** Whether the controller is to be reached over TLS, and the authority it is checked against is there. */
import { X509Certificate } from 'node:crypto';
import { fail, ok, type Check } from '../check.ts';
import { HttpClient } from '../../../uplink/http.ts';
import type { Host } from '../host/host.ts';
import { reasonOf } from '../reason.ts';

export const controllerAddress: Check = {
  id: 'controller-address',
  title: 'controller address',
  needs: 'controller',
  run: ({ host, settings }) => {
    const { url, caFile } = settings!.controller!;
    const problem = authorityProblem(host, caFile) ?? schemeProblem(url);
    if (problem === null) return ok(caFile === undefined ? url : `${url}, checked against ${caFile}`);
    return fail(problem, {
      meaning: 'The agent does not connect: no new policy comes in, and audit records wait.',
      fix: 'Correct controller.url or controller.caFile in the configuration.',
    });
  },
};

/** As the uplink judges it. */
function schemeProblem(url: string): string | null {
  try {
    new HttpClient({ url }).close();
    return null;
  } catch (error) {
    return reasonOf(error);
  }
}

function authorityProblem(host: Host, caFile: string | undefined): string | null {
  if (caFile === undefined) return null;
  const reading = host.read(caFile);
  if (reading === 'absent') return `controller.caFile ${caFile} is not there`;
  if (reading === 'denied') return `controller.caFile ${caFile} is not readable for ${host.user.name}`;
  try {
    const { validTo } = new X509Certificate(reading.text);
    return Date.parse(validTo) < host.wallMs() ? `controller.caFile ${caFile} expired on ${validTo}` : null;
  } catch {
    return `controller.caFile ${caFile} holds no certificate (PEM)`;
  }
}
