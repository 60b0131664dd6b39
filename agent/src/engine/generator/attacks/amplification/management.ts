/** SNMP, CLDAP, MSSQL, ISAKMP, TFTP, memcached: services for administrators. */
import { ber, big16, big32, bytes, chance, letters, little16 } from '../../bytes.ts';
import type { AmplifyingService } from './service.ts';

/** Answer to a GetBulk of the system group (RFC 3416): SNMPv2c, community `public`, many variables. */
export const snmpAmplifier: AmplifyingService = {
  name: 'snmp',
  port: 161,
  reflectors: { from: 200, to: 5000 },
  answers(random) {
    const variables = Array.from({ length: random.integer(8, 60) }, (_, number) =>
      ber(
        0x30,
        ber(6, 0x2b, 6, 1, 2, 1, 1 + (number % 2), 1 + (number >> 1), 0),
        random.chance(0.5) ? ber(4, letters(random, random.integer(6, 60))) : ber(2, chance(random, 2)),
      ),
    );
    const pdu = ber(0xa2, ber(2, chance(random, 4)), ber(2, 0), ber(2, 0), ber(0x30, ...variables));
    return [ber(0x30, ber(2, 1), ber(4, random.pick(['public', 'public', 'private'])), pdu)];
  },
};

/** rootDSE of a domain controller: a searchResEntry of some 2 to 3 KB, then searchResDone (RFC 1798, RFC 4511). */
export const cldapAmplifier: AmplifyingService = {
  name: 'cldap',
  port: 389,
  reflectors: { from: 200, to: 4000 },
  answers(random) {
    const domain = `DC=${letters(random, 8)},DC=example`;
    const attribute = (name: string, ...values: string[]) =>
      ber(0x30, ber(4, name), ber(0x31, ...values.map((value) => ber(4, value))));
    const controls = Array.from(
      { length: random.integer(20, 38) },
      (_, number) => `1.2.840.113556.1.4.${500 + number * 37}`,
    );
    const attributes = [
      attribute('currentTime', '20260101000000.0Z'),
      attribute('subschemaSubentry', `CN=Aggregate,CN=Schema,CN=Configuration,${domain}`),
      attribute('dsServiceName', `CN=NTDS Settings,CN=${letters(random, 9)},CN=Servers,${domain}`),
      attribute(
        'namingContexts',
        domain,
        `CN=Configuration,${domain}`,
        `CN=Schema,CN=Configuration,${domain}`,
      ),
      attribute('supportedControl', ...controls),
      attribute('supportedLDAPPolicies', 'MaxPoolThreads', 'MaxPercentDirSyncRequests', 'MaxDatagramRecv'),
      attribute('supportedSASLMechanisms', 'GSSAPI', 'GSS-SPNEGO', 'EXTERNAL', 'DIGEST-MD5'),
    ];
    const entry = ber(0x30, ber(2, random.integer(1, 9)), ber(0x64, ber(4), ber(0x30, ...attributes)));
    return [bytes(entry, ber(0x30, ber(2, 1), ber(0x65, ber(0x0a, 0), ber(4), ber(4))))];
  },
};

/** SQL Server Browser's answer (MS-SQLR, 2.2.5): 0x05, a length, then the instances as text. */
export const mssqlAmplifier: AmplifyingService = {
  name: 'mssql',
  port: 1434,
  reflectors: { from: 200, to: 3000 },
  answers(random) {
    const instance = () =>
      `ServerName;${letters(random, 10).toUpperCase()};InstanceName;${random.pick(['MSSQLSERVER', 'SQLEXPRESS'])};IsClustered;No;Version;${random.integer(9, 15)}.0.${random.integer(1000, 5000)}.0;tcp;1433;np;\\\\HOST\\pipe\\sql\\query;;`;
    const text = Array.from({ length: random.integer(1, 5) }, instance).join('');
    return [bytes(5, little16(text.length), text)];
  },
};

/** IKE (RFC 2408): main mode answers of 80 to 200 bytes, sent several times; some answer with vendor ids of 300 and more. */
export const isakmpAmplifier: AmplifyingService = {
  name: 'isakmp',
  port: 500,
  reflectors: { from: 200, to: 4000 },
  echoes: { from: 0, to: 7 },
  answers(random) {
    const vendorIds = Array.from({ length: random.integer(1, 12) }, () =>
      bytes(13, 0, 0, 20, chance(random, 16)),
    );
    const transform = bytes(
      0,
      0,
      0,
      36,
      1,
      1,
      0,
      0,
      0x80,
      1,
      0,
      5,
      0x80,
      2,
      0,
      2,
      0x80,
      3,
      0,
      1,
      0x80,
      4,
      0,
      2,
      0x80,
      0x0b,
      0,
      1,
      0,
      12,
      0,
      4,
      0,
      1,
      0x51,
      0x80,
    );
    const proposal = bytes(0, 0, 0, 44, 1, 1, 0, 1, transform);
    const association = bytes(13, 0, 0, 56, 0, 0, 0, 1, 0, 0, 0, 1, proposal);
    const body = bytes(association, ...vendorIds);
    const answer = bytes(chance(random, 16), 1, 0x10, 2, 0, big32(0), big32(28 + body.length), body);
    return Array.from({ length: random.integer(1, 4) }, () => answer);
  },
};

/** First block of a file (RFC 1350): 512 bytes of data, sent again and again, from a port of the transfer's own. */
export const tftpAmplifier: AmplifyingService = {
  name: 'tftp',
  port: 69,
  reflectors: { from: 300, to: 5000 },
  shareOtherPorts: 0.25,
  answers(random) {
    const block = random.chance(0.8)
      ? bytes(0, 3, 0, 1, chance(random, 512))
      : bytes(0, 5, 0, 1, 'File not found', 0);
    return Array.from({ length: random.integer(1, 6) }, () => block);
  },
};

const memcachedKinds = ['large', 'large', 'large', 'small', 'stats'] as const;

/** UDP frame header (request, sequence, count, 0), then `VALUE key flags length`: an attacker's own value of 1 MB. */
export const memcachedAmplifier: AmplifyingService = {
  name: 'memcached',
  port: 11211,
  reflectors: { from: 20, to: 2000 },
  echoes: { from: 0, to: 1 },
  answers(random) {
    const frame = (number: number, count: number, text: string): Uint8Array =>
      bytes(0, 0, big16(number), big16(count), 0, 0, text);
    const filling = letters(random, 1).repeat(1400);
    const key = letters(random, 1);
    switch (random.pick(memcachedKinds)) {
      case 'large':
        // The first of 750 frames, and some of those that follow.
        return Array.from({ length: 24 }, (_, at) =>
          at === 0
            ? frame(0, 750, `VALUE ${key} 0 1048576\r\n${filling}`.slice(0, 1400))
            : frame(random.integer(1, 749), 750, filling),
        );
      case 'small':
        return [frame(0, 1, `VALUE ${key} 0 1200\r\n${filling.slice(0, 1200)}\r\nEND\r\n`)];
      case 'stats': {
        const stat = () => `STAT ${letters(random, 10)} ${random.integer(0, 1e9)}\r\n`;
        return [frame(0, 1, Array.from({ length: random.integer(20, 40) }, stat).join(''))];
      }
    }
  },
};
