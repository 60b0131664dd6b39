/** Whether the host of an address is this machine itself, by name or address (RFC 6761, section 6.3; RFC 1122, 3.2.1.3). */
export const isLoopbackHost = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || host === '::1' || /^127(\.\d+){3}$/.test(host);

/** Whether what is sent there can be read by nobody on the way: https, or http that does not leave this machine. */
export const isSafeUrl = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname));
