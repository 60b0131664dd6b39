import { checkedBody, routes, TidegateError } from '@tidegate/schemas';
import type { FastifyInstance } from 'fastify';
import type { Heartbeats } from '../agents/index.ts';
import { agentOf } from './agent-requests.ts';

const bodyBytesMax = 1024 * 1024;

/** `POST /v1/heartbeat`: how an agent is; answered with 204. */
export function heartbeatRoute(app: FastifyInstance, { heartbeats }: { heartbeats: Heartbeats }): void {
  app.post(routes.heartbeat.path, { bodyLimit: bodyBytesMax }, async (request, reply) => {
    const { agent } = agentOf(request);
    const heartbeat = checkedBody('heartbeat', request.body);
    if (heartbeat.agent !== agent) {
      throw new TidegateError('TG3003', `${agent} may not speak for ${heartbeat.agent}`);
    }
    heartbeats.beat(heartbeat);
    return reply.code(204).send();
  });
}
