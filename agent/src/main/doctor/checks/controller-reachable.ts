/** Whether the controller answers. */
import { fail, ok, skipped, type Check } from '../check.ts';
import type { Context } from '../context.ts';
import { reasonOf } from '../../../ports.ts';

const trust = 'Set controller.caFile to the authority that signed its certificate, in PEM.';
const clocks = 'Renew the certificate of the controller, or correct the clock of this machine.';

/** What helps, by the code of the error (Node and OpenSSL). */
const fixes: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nothing listens there: start the controller, or correct controller.url.',
  ENOTFOUND: 'The name does not resolve: correct controller.url, or the resolver of this machine.',
  EAI_AGAIN: 'No name server answers: mend the resolver of this machine.',
  EHOSTUNREACH: 'Look at the routes and the firewall between here and there.',
  ENETUNREACH: 'Look at the routes and the firewall between here and there.',
  DEPTH_ZERO_SELF_SIGNED_CERT: trust,
  SELF_SIGNED_CERT_IN_CHAIN: trust,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: trust,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: trust,
  CERT_SIGNATURE_FAILURE: trust,
  CERT_HAS_EXPIRED: clocks,
  CERT_NOT_YET_VALID: clocks,
  ERR_TLS_CERT_ALTNAME_INVALID: 'Use a name in controller.url that its certificate is for.',
};
const otherwise = 'Look at the network between here and there, and at the log of the controller.';

export const controllerReachable: Check = {
  id: 'controller-reachable',
  title: 'controller',
  needs: 'controller',
  run: async (context) => {
    const { url } = context.settings!.controller!;
    try {
      const { status, askedMs, answeredMs } = await context.health();
      if (status === 200) return ok(`answers in ${answeredMs - askedMs} ms`);
      return fail(`${url} answers with status ${status}`, { meaning: meaning(context), fix: otherwise });
    } catch (error) {
      const code = (error as { code?: unknown }).code;
      // Its address is to blame, and that was said.
      if (code === 'TG5002' || code === 'ENOENT' || code === 'EACCES')
        return skipped('not asked, because of its address');
      const fix = (typeof code === 'string' ? fixes[code] : undefined) ?? otherwise;
      return fail(`${url} cannot be reached: ${reasonOf(error) || String(code)}`, {
        meaning: meaning(context),
        fix,
      });
    }
  },
};

const meaning = ({ bundle }: Context): string =>
  bundle === null
    ? 'The agent has no policy yet: without the controller it watches nothing.'
    : 'The agent defends with the last good bundle; no new policy comes in, and audit records wait.';
