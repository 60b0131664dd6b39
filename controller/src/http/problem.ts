import { errorCatalogue, problemOf, TidegateError, type ErrorCode } from '@tidegate/schemas';
import type { FastifyReply } from 'fastify';

/** The HTTP status of each code that can be answered; every other one is our own failure. */
const statuses: Partial<Record<ErrorCode, number>> = {
  TG3003: 401,
  TG3004: 403,
  TG3005: 409,
  TG3006: 404,
  TG3007: 400,
  TG3008: 404,
  TG3015: 404,
  TG3016: 503,
  TG4001: 422,
  TG4002: 422,
  TG4003: 403,
  TG4004: 409,
  TG4005: 409,
  TG4006: 503,
  TG4008: 503,
};

/** How long to wait before asking again after a 503, seconds. */
const retryAfterSeconds = 2;

/** Answers with a problem document. */
export function sendProblem(
  reply: FastifyReply,
  error: TidegateError,
  status = statuses[error.code] ?? 500,
): FastifyReply {
  if (status === 401) void reply.header('www-authenticate', 'Signature realm="tidegate"');
  if (status === 503) void reply.header('retry-after', retryAfterSeconds);
  const problem = problemOf(error, status);
  // What failed inside is for our log; a stranger learns only that it was not their fault.
  const detail = status === 500 ? errorCatalogue[error.code].fix : problem.detail;
  return reply
    .code(status)
    .type('application/problem+json')
    .send({ ...problem, detail });
}

/** A refusal by the framework itself (too large, wrong media type, bad URL) as an error of ours; null: our failure. */
export function refusalOf(error: unknown): { error: TidegateError; status: number } | null {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number')
    return null;
  const { statusCode: status, message } = error;
  if (status < 400 || status >= 500) return null;
  return { error: new TidegateError('TG3007', message, { cause: error }), status };
}
