import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { routes, TidegateError, type ControllerConfig } from '@tidegate/schemas';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { reasonOf, type Log } from '../ports.ts';
import { requireAgent } from './agent-requests.ts';
import { auditRoute } from './audit-route.ts';
import type { Authenticator } from './authenticate.ts';
import { acceptJsonBodies } from './body.ts';
import { bundleRoute, type BundleServices } from './bundle-route.ts';
import { enrolRoute, type EnrolServices } from './enrol-route.ts';
import { heartbeatRoute } from './heartbeat-route.ts';
import { indicatorsRoute } from './indicators-route.ts';
import { openRoutes, type OpenServices } from './open-routes.ts';
import { refusalOf, sendProblem } from './problem.ts';
import type { Heartbeats } from '../agents/index.ts';
import type { IndicatorSets } from '../feeds/index.ts';

export interface HttpServices extends EnrolServices, BundleServices, OpenServices {
  readonly authenticator: Authenticator;
  readonly heartbeats: Heartbeats;
  readonly indicators: IndicatorSets;
  readonly log: Log;
}

export interface HttpServer {
  /** Where it listens, with the port that it took. */
  readonly url: string;
  /** Takes no more requests, lets parked ones go and finishes those under way. */
  close(): Promise<void>;
}

/** Time for a client to send a whole request, ms. */
const requestTimeoutMs = 60_000;
/** Longer than the longest poll, so that an idle connection is the client's to close. */
const keepAliveTimeoutMs = 72_000;

/** Starts to listen. Throws TG3010 beyond loopback without TLS, TG5003 for unreadable TLS files, TG5002 otherwise. */
export async function listen(
  config: ControllerConfig['listen'],
  services: HttpServices,
): Promise<HttpServer> {
  const { host, port } = config;
  if (config.tls === undefined && !isLoopback(host)) {
    throw new TidegateError('TG3010', `listen.host ${host} is beyond loopback and listen.tls is not set`);
  }
  const app = buildApp(await tlsOptions(config.tls), services);
  try {
    const address = await app.listen({ host, port });
    services.log.info({ address }, 'listening');
    return { url: address, close: () => app.close() };
  } catch (cause) {
    await app.close();
    throw new TidegateError('TG5002', `cannot listen on ${host} port ${port}: ${reasonOf(cause)}`, { cause });
  }
}

function buildApp(https: { cert: Buffer; key: Buffer } | null, services: HttpServices): FastifyInstance {
  const app = Fastify({
    https,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    forceCloseConnections: 'idle',
    frameworkErrors: (error, request, reply) =>
      void sendProblem(reply, errorFor(error, request, services.log).error),
  }) as unknown as FastifyInstance;
  app.setErrorHandler((error, request, reply) => {
    const { error: told, status } = errorFor(error, request, services.log);
    return sendProblem(reply, told, status);
  });
  app.setNotFoundHandler((request, reply) => {
    const known = Object.values(routes).map(({ method, path }) => `${method} ${path}`);
    const message = `${request.method} ${request.url.slice(0, 200)} is none of ${known.join(', ')}`;
    return sendProblem(reply, new TidegateError('TG3008', message));
  });
  acceptJsonBodies(app);
  openRoutes(app, services);
  enrolRoute(app, services);
  app.register(async (signed) => {
    requireAgent(signed, services.authenticator);
    bundleRoute(signed, services);
    indicatorsRoute(signed, services);
    heartbeatRoute(signed, services);
    auditRoute(signed, services);
  });
  app.addHook('preClose', async () => {
    services.waiters.release();
    await services.sequencer.hurry();
  });
  return app;
}

/** What a client is told, and with which status where it is not the code's own. */
function errorFor(
  error: unknown,
  request: FastifyRequest,
  log: Log,
): { error: TidegateError; status?: number } {
  if (error instanceof TidegateError) {
    log.debug({ code: error.code, route: request.url, reason: error.message }, 'request refused');
    return { error };
  }
  const refusal = refusalOf(error);
  if (refusal !== null) return refusal;
  log.error({ route: request.url, err: error }, 'request failed');
  return { error: new TidegateError('TG3009', reasonOf(error), { cause: error }) };
}

/** 127.0.0.0/8, ::1 and the name localhost. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

async function tlsOptions(
  tls: ControllerConfig['listen']['tls'],
): Promise<{ cert: Buffer; key: Buffer } | null> {
  if (tls === undefined) return null;
  const [cert, key] = await Promise.all([readPem('certFile', tls.certFile), readPem('keyFile', tls.keyFile)]);
  return { cert, key };
}

async function readPem(name: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new TidegateError('TG5003', `listen.tls.${name} ${path} cannot be read: ${reasonOf(cause)}`, {
      cause,
    });
  }
}
