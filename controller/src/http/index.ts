/**
 * The HTTP interface for agents, as `routes` of the schemas name it.
 *
 * Promises: a request of an agent is looked at only when it is signed by its key, fresh and not seen before (RFC 9421);
 * a body is read only after its signature was checked, and only up to its route's limit; every error is a problem
 * document (RFC 9457) with a code of the catalogue and never a stack trace; nothing but loopback is served without TLS.
 */
export { listen } from './server.ts';
export { Authenticator } from './authenticate.ts';
export { Waiters } from './waiters.ts';
