/** Requests to the controller that carry the agent's signature (RFC 9421) and take JSON or a problem as answer. */
import { randomBytes } from 'node:crypto';
import {
  check,
  contentDigestOf,
  formatSignature,
  fromBase64,
  httpSignatureBase,
  utf8,
} from '@tidegate/schemas';
import type { Identity } from '../state/identity.ts';
import type { HttpClient, HttpRequest, HttpResponse } from './http.ts';

/** Sends a signed request. */
export async function sendSigned(
  client: HttpClient,
  identity: Identity,
  request: HttpRequest,
): Promise<HttpResponse> {
  return await client.send(signRequest(identity, request));
}

/** A request with the headers that prove who sends it. */
export function signRequest(identity: Identity, request: HttpRequest): HttpRequest {
  const contentDigest = contentDigestOf(utf8(request.body ?? ''));
  const { base, signatureInput } = httpSignatureBase({
    method: request.method,
    path: request.path,
    contentDigest,
    created: Math.floor(Date.now() / 1000),
    nonce: randomBytes(16).toString('base64url'),
    keyId: identity.keyId,
  });
  return {
    ...request,
    headers: {
      ...request.headers,
      'content-type': 'application/json',
      'content-digest': contentDigest,
      'signature-input': signatureInput,
      signature: formatSignature(fromBase64(identity.sign(base))),
    },
  };
}

/** The answer as JSON; an error status becomes an Error that quotes the controller's problem. */
export function expectJson(response: HttpResponse, expected: readonly number[]): unknown {
  if (expected.includes(response.status)) return JSON.parse(response.body);
  throw new Error(problemText(response));
}

/** What the controller says went wrong, in one line. */
export function problemText(response: HttpResponse): string {
  try {
    const problem = check('problem', JSON.parse(response.body));
    if (problem.ok) return `${problem.value.code} ${problem.value.title}: ${problem.value.detail}`;
  } catch {
    // Not JSON: a proxy may have answered.
  }
  return `the controller answered ${String(response.status)}`;
}
