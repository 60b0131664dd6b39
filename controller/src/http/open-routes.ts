import { routes, type ControllerStatus } from '@tidegate/schemas';
import type { FastifyInstance } from 'fastify';
import type { Sequencer } from '../audit/index.ts';
import type { TrustFile } from '../keys/index.ts';

export interface OpenServices {
  readonly trust: TrustFile;
  readonly sequencer: Sequencer;
  readonly status: () => ControllerStatus;
}

/** What anybody may read: public keys, the state of the controller, and whether it is well. */
export function openRoutes(app: FastifyInstance, { trust, sequencer, status }: OpenServices): void {
  app.get(routes.trust.path, async () => trust.value);
  app.get(routes.status.path, async () => status());
  app.get(routes.health.path, async () => {
    if (sequencer.halted !== null) throw sequencer.halted;
    return { status: 'ok' };
  });
}
