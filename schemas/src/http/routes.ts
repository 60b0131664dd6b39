/** The HTTP routes between agent and controller: method, path, and who may call. Their shapes are in shapes/wire. */

/** `auth`: `join-token` carries it in the body, `agent` is signed (RFC 9421), `none` is open. */
export const routes = {
  enrol: { method: 'POST', path: '/v1/enrol', auth: 'join-token' },
  bundle: { method: 'GET', path: '/v1/bundle', auth: 'agent' },
  heartbeat: { method: 'POST', path: '/v1/heartbeat', auth: 'agent' },
  audit: { method: 'POST', path: '/v1/audit', auth: 'agent' },
  indicators: { method: 'GET', path: '/v1/indicators/:digest', auth: 'agent' },
  trust: { method: 'GET', path: '/v1/trust', auth: 'none' },
  status: { method: 'GET', path: '/v1/status', auth: 'none' },
  health: { method: 'GET', path: '/healthz', auth: 'none' },
} as const;

/** The path of one indicator set. */
export const indicatorsPath = (digest: string): string =>
  routes.indicators.path.replace(':digest', () => digest);

/** How long a request for a bundle may be parked, seconds; sent as `Prefer: wait=N` (RFC 7240). */
export const longPollSecondsMax = 55;
