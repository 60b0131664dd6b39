import { describe, expect, it } from 'vitest';
import { readText, textsOf } from '../testkit/texts.ts';

const banner = `################################################################
# abuse.ch Feodo Tracker Botnet C2 IP Blocklist (CSV)          #
# Last updated: 2026-11-25 15:00:42 UTC                        #
################################################################
#
`;
const feodoNames = '"first_seen_utc","dst_ip","dst_port","c2_status","last_online","malware"\r\n';

describe('abuse-ch-csv', () => {
  it('reads the column of the address in quoted rows', () => {
    const reading = readText(
      'abuse-ch-csv',
      `${banner}${feodoNames}"2021-01-17 07:30:05","45.0.0.5","443","offline","2026-11-18","Dridex"\r
"2021-01-17 07:44:46","2a00:1::7","4643","online","2026-11-18","with ""quotes"", and a comma"\r
# END
`,
    );
    expect(textsOf(reading.entries)).toEqual(['45.0.0.5/32', '2a00:1::7/128']);
    expect(reading).toMatchObject({ skipped: 0, announced: null, rejected: { count: 0 } });
  });

  it('takes names from a comment, blanks between fields, and a port behind the address', () => {
    const reading = readText(
      'abuse-ch-csv',
      `# ThreatFox IOCs: recent additions - CSV format
# "first_seen_utc","ioc_id","ioc_value","ioc_type","threat_type"
"2026-08-29 19:47:14", "1", "45.0.0.168:56003", "ip:port", "botnet_cc"
"2026-08-29 19:47:14", "2", "[2a00::7]:443", "ip:port", "botnet_cc"
"2026-08-29 19:47:14", "3", "https://evil.example/path", "url", "botnet_cc"
"2026-08-29 19:47:14", "4", "evil.example", "domain", "botnet_cc"
"2026-08-29 19:47:14", "5", "not-an-ip", "ip:port", "botnet_cc"
# Number of entries: 5
`,
    );
    expect(textsOf(reading.entries)).toEqual(['45.0.0.168/32', '2a00::7/128']);
    expect(reading).toMatchObject({
      skipped: 2,
      announced: 5,
      rejected: { count: 1, examples: [{ line: 7 }] },
    });
  });

  it('takes rows without quotes', () => {
    const text = '# Firstseen,DstIP,DstPort\n2026-11-25 08:19:04,45.0.0.9,4782\n';
    expect(textsOf(readText('abuse-ch-csv', text).entries)).toEqual(['45.0.0.9/32']);
  });

  it('an empty list is one', () => {
    expect(readText('abuse-ch-csv', banner + feodoNames)).toMatchObject({
      rejected: { count: 0 },
      skipped: 0,
    });
  });

  it('rejects, by line, what it cannot read', () => {
    const { entries, rejected } = readText(
      'abuse-ch-csv',
      `"2026","45.0.0.1"\n${feodoNames}"2026","45.0.0.2\n"2026"\n"2026" x,"45.0.0.3"\n"2026","45.0.0.4:port"\n`,
    );
    expect(entries.size).toBe(0);
    expect(rejected.examples).toEqual([
      { line: 1, reason: 'comes before any line that names the column of the address' },
      { line: 3, reason: 'is not CSV' },
      { line: 4, reason: 'has too few columns' },
      { line: 5, reason: 'is not CSV' },
      { line: 6, reason: '"45.0.0.4:port" is not an IPv4 or IPv6 address or prefix.' },
    ]);
  });
});
