import { createHash } from 'node:crypto';
import {
  fromBase64,
  httpSignatureBase,
  parseSignature,
  parseSignatureInput,
  TidegateError,
  utf8,
  type SignatureParameters,
} from '@tidegate/schemas';
import type { IncomingHttpHeaders } from 'node:http';
import type { Agent, AgentRegistry, Heartbeats } from '../agents/index.ts';
import { ed25519Verify } from '../keys/index.ts';
import type { Clock } from '../ports.ts';
import { Nonces } from './nonces.ts';

/** How far the creation time of a signature may be from our clock, seconds. */
const clockSkewSecondsMax = 60;

export interface SignedRequest {
  readonly method: string;
  /** As it stands in the request line. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Authentic {
  readonly agent: Agent;
  /** The header Content-Digest, which the signature covers; the body has yet to be held against it. */
  readonly contentDigest: string;
}

/**
 * Says which agent a request comes from, by its headers alone: nothing of the body is read before. Throws TG3003.
 *
 * Nonces are in memory. What was signed before this process started is therefore refused, or a captured request would
 * pass once more after a restart.
 */
export class Authenticator {
  readonly #registry: AgentRegistry;
  readonly #heartbeats: Heartbeats;
  readonly #clock: Clock;
  readonly #nonces: Nonces;
  readonly #startedSeconds: number;

  constructor(registry: AgentRegistry, heartbeats: Heartbeats, clock: Clock) {
    this.#registry = registry;
    this.#heartbeats = heartbeats;
    this.#clock = clock;
    this.#startedSeconds = Math.floor(clock() / 1000);
    // A signature is good from `skew` before to `skew` after its creation.
    this.#nonces = new Nonces(2 * clockSkewSecondsMax * 1000 + 1000, clock());
  }

  authenticate({ method, url, headers }: SignedRequest): Authentic {
    const contentDigest = single(headers, 'content-digest');
    const parameters = parseSignatureInput(single(headers, 'signature-input'));
    const signature = parseSignature(single(headers, 'signature'));
    if (url.includes('?')) throw unauthentic('a signed request has no query');
    const agent = this.#registry.byKey(parameters.keyId);
    if (agent === undefined) throw unauthentic(`no agent with key ${parameters.keyId} is enrolled`);
    this.#checkAge(parameters);
    const { base } = httpSignatureBase({ ...parameters, method, path: url, contentDigest });
    if (!ed25519Verify(fromBase64(agent.publicKey), utf8(base), signature)) {
      throw unauthentic(`the signature of ${agent.agent} does not fit method, path and content digest`);
    }
    this.#useNonce(parameters);
    this.#heartbeats.seen(agent.agent);
    return { agent, contentDigest };
  }

  #checkAge({ created }: SignatureParameters): void {
    const offSeconds = created - Math.floor(this.#clock() / 1000);
    if (Math.abs(offSeconds) > clockSkewSecondsMax) {
      throw unauthentic(
        `the signature was created ${offSeconds} s from our time; ${clockSkewSecondsMax} s are accepted`,
      );
    }
    if (created < this.#startedSeconds)
      throw unauthentic('the signature was created before this controller started');
  }

  /** Only after the signature held: a stranger must not use up an agent's nonces. */
  #useNonce({ keyId, nonce }: SignatureParameters): void {
    const verdict = this.#nonces.use(keyId, nonce, this.#clock());
    if (verdict === 'seen') throw unauthentic('the nonce was used before: this request is a replay');
    if (verdict === 'too-many') throw unauthentic('the agent has sent too many requests in a short time');
  }
}

/** Throws TG3003 where the body is not the one whose digest was signed (RFC 9530, sha-256). */
export function checkContentDigest(body: Uint8Array, contentDigest: string): void {
  const digest = createHash('sha256').update(body).digest('base64');
  if (contentDigest !== `sha-256=:${digest}:`) throw unauthentic('the body is not the one that was signed');
}

function single(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  if (typeof value !== 'string') throw unauthentic(`the header ${name} is missing`);
  return value;
}

const unauthentic = (what: string): TidegateError => new TidegateError('TG3003', what);
