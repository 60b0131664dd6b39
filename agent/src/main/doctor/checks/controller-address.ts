/** Whether the controller is to be reached over TLS, and the authority it is checked against is there. */
import { X509Certificate } from 'node:crypto';
import { fail, ok, type Check, type Result } from '../check.ts';
import { HttpClient } from '../../../uplink/http.ts';
import { reasonOf } from '../../../ports.ts';

export const controllerAddress: Check = {
  id: 'controller-address',
  title: 'controller address',
  needs: 'controller',
  run: ({ host, settings }) => {
    const { url, caFile } = settings!.controller!;
    const scheme = schemeProblem(url);
    if (scheme !== null) return unusable(scheme);
    if (caFile === undefined) return ok(url);
    const reading = host.read(caFile);
    if (reading === 'absent') return unusable(`controller.caFile ${caFile} is not there`);
    if (reading === 'denied')
      return unusable(`controller.caFile ${caFile} is not readable for ${host.user.name}`);
    const problem = certificateProblem(reading.text, host.wallMs());
    if (problem === null) return ok(`${url}, checked against ${caFile}`);
    return fail(`controller.caFile ${caFile} ${problem}`, {
      meaning: 'No controller is trusted: no new policy comes in, and audit records wait.',
      fix: 'Put the authority that signed the certificate of the controller there, in PEM.',
    });
  },
};

const unusable = (found: string): Result =>
  fail(found, {
    meaning: 'The agent does not start.',
    fix: 'Correct controller.url or controller.caFile in the configuration.',
  });

/** As the uplink judges it. */
function schemeProblem(url: string): string | null {
  try {
    new HttpClient({ url }).close();
    return null;
  } catch (error) {
    return reasonOf(error);
  }
}

/** Of the first certificate in the file. */
function certificateProblem(text: string, nowMs: number): string | null {
  try {
    const { validTo } = new X509Certificate(text);
    return Date.parse(validTo) < nowMs ? `expired on ${validTo}` : null;
  } catch {
    return 'holds no certificate (PEM)';
  }
}
