import { checkedBody, fromBase64, routes, TidegateError } from '@tidegate/schemas';
import type { FastifyInstance } from 'fastify';
import { checkBatch, type Sequencer } from '../audit/index.ts';
import { agentOf } from './agent-requests.ts';

/** 500 records of 16 KiB, with every second character escaped as JSON in JSON. */
const bodyBytesMax = 20 * 1024 * 1024;

/** `POST /v1/audit`: takes a batch and answers with its receipt once it is in a commit of the audit repository. */
export function auditRoute(app: FastifyInstance, { sequencer }: { sequencer: Sequencer }): void {
  app.post(routes.audit.path, { bodyLimit: bodyBytesMax }, async (request) => {
    const { agent, keyId, publicKey } = agentOf(request);
    const batch = checkedBody('audit-batch', request.body);
    if (batch.agent !== agent || batch.keyId !== keyId) {
      throw new TidegateError(
        'TG4003',
        `${agent} may not send records of ${batch.agent} with key ${batch.keyId}`,
      );
    }
    return sequencer.submit(checkBatch(batch, fromBase64(publicKey)));
  });
}
