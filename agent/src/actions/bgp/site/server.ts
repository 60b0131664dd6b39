/** The desk of a site over HTTPS: who asks is who the certificate says. */
import { TLSSocket } from 'node:tls';
import { TidegateError, checkedBody, problemOf } from '@tidegate/schemas';
import type { ErrorCode } from '@tidegate/schemas';
import Fastify from 'fastify';
import type { FastifyRequest } from 'fastify';
import { reasonOf } from '../../../ports.ts';
import type { Log } from '../../../ports.ts';
import type { SiteDesk } from './desk.ts';

export interface SiteServerOptions {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** PEM. */
  readonly tls: { readonly cert: Buffer; readonly key: Buffer; readonly ca: Buffer };
  readonly log: Log;
}

export interface SiteServer {
  readonly url: string;
  close(): Promise<void>;
}

/** 4,096 routes of the longest kind. */
const bodyBytesMax = 16 * 1024 * 1024;
const requestTimeoutMs = 10_000;

/** Rejects with TG5002 where it cannot listen there. */
export async function serveSite(desk: SiteDesk, options: SiteServerOptions): Promise<SiteServer> {
  const { host, port, tls, log } = options;
  const app = Fastify({
    https: { ...tls, requestCert: true, rejectUnauthorized: true },
    bodyLimit: bodyBytesMax,
    requestTimeout: requestTimeoutMs,
    forceCloseConnections: true,
  });
  app.setErrorHandler(async (error, _, reply) => {
    const fault = faultOf(error);
    const { status, message } = fault;
    if (status >= 500) log.error('a request could not be answered', { reason: message });
    return await reply.code(status).type('application/problem+json').send(problemOf(fault, status));
  });
  app.post('/v1/hold', async (request) => {
    const body = checkedBody('site-hold', request.body);
    return { schema: 'tidegate/site-held/v1', held: await desk.hold(agentOf(request), body) };
  });
  app.post('/v1/release', async (request, reply) => {
    const { routes } = checkedBody('site-release', request.body);
    await desk.release(agentOf(request), routes);
    return await reply.code(204).send();
  });
  app.get('/v1/routes', async (request) => {
    return { schema: 'tidegate/site-routes/v1', ...(await desk.routes(agentOf(request))) };
  });
  try {
    const url = await app.listen({ host, port });
    return { url, close: async () => await app.close() };
  } catch (cause) {
    throw new TidegateError('TG5002', `cannot listen on ${host} port ${port}: ${reasonOf(cause)}`, { cause });
  }
}

/** The common name of the certificate, which TLS has checked. */
function agentOf({ raw }: FastifyRequest): string {
  const { socket } = raw;
  const subject = socket instanceof TLSSocket ? socket.getPeerCertificate().subject : undefined;
  const name: unknown = (subject as { CN?: unknown } | undefined)?.CN;
  if (typeof name === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(name)) return name;
  throw new TidegateError(
    'TG3007',
    'the certificate of the agent has no common name of letters, digits, dots, dashes and underscores',
  );
}

interface Fault {
  readonly code: ErrorCode;
  readonly status: number;
  readonly message: string;
}

function faultOf(error: unknown): Fault {
  if (error instanceof TidegateError) {
    const status = error.code === 'TG3007' ? 400 : 503;
    return { code: error.code, status, message: error.message };
  }
  const status =
    typeof error === 'object' &&
    error !== null &&
    'statusCode' in error &&
    typeof error.statusCode === 'number'
      ? error.statusCode
      : 500;
  return { code: status < 500 ? 'TG3007' : 'TG2003', status, message: reasonOf(error) };
}
