/** A certificate authority of a test, made by openssl: certificates for servers by address, for clients by name. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface IssuedCertificate {
  readonly certFile: string;
  readonly keyFile: string;
}

const openssl = (...args: string[]): void => {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
};
const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** Valid for a day. All certificates share one key: the test checks names, not secrets. */
export class Authority {
  readonly caFile: string;
  readonly #directory: string;
  readonly #caKey: string;
  readonly #request: string;
  readonly #key: string;

  constructor(directory: string) {
    const at = (name: string): string => join(directory, name);
    this.#directory = directory;
    [this.caFile, this.#caKey] = [at('ca.crt'), at('ca.key')];
    [this.#key, this.#request] = [at('shared.key'), at('shared.csr')];
    const subject = ['-subj', '/CN=tidegate test authority'];
    openssl('req', '-x509', ...curve, '-days', '1', ...subject, '-keyout', this.#caKey, '-out', this.caFile);
    openssl('req', ...curve, '-subj', '/CN=shared', '-keyout', this.#key, '-out', this.#request);
  }

  issue(name: string, address?: string): IssuedCertificate {
    const certFile = join(this.#directory, `${name}.crt`);
    const extension = join(this.#directory, `${name}.ext`);
    writeFileSync(extension, address === undefined ? '' : `subjectAltName=IP:${address}\n`);
    openssl(
      ...['x509', '-req', '-in', this.#request, '-CA', this.caFile, '-CAkey', this.#caKey],
      ...['-CAcreateserial', '-days', '1', '-subj', `/CN=${name}`, '-extfile', extension, '-out', certFile],
    );
    return { certFile, keyFile: this.#key };
  }
}
