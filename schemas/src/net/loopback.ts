/** Whether the host of an address is this machine itself, by name or address (RFC 6761, section 6.3; RFC 1122, 3.2.1.3). */
export const isLoopbackHost = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || host === '::1' || /^127(\.\d+){3}$/.test(host);
