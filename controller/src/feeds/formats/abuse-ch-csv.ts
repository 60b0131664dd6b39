/**
 * The CSV of abuse.ch (Feodo Tracker, ThreatFox, SSLBL): comments with `#`, a line of column names that may itself be
 * a comment, and rows with or without quotes. Addresses may carry a port. An empty list can be valid.
 */
import type { FeedFormat, FeedSink } from '../format.ts';

/** Names that the lists have for the column of the address. */
const addressColumns = ['dst_ip', 'dstip', 'ip', 'ip_address', 'ioc_value', 'ioc'];
/** Where a list mixes kinds, the kinds that are addresses. */
const addressKinds = ['ip', 'ip:port', 'ipv4', 'ipv6'];
const announced = /^#\s*Number of entries:\s*(\d{1,9})\b/;

interface Columns {
  readonly address: number;
  /** -1 where the list holds addresses only. */
  readonly kind: number;
}

export const abuseChCsv: FeedFormat = {
  name: 'abuse-ch-csv',
  open: () => {
    let columns: Columns | null = null;
    return (line, sink) => {
      const comment = line.startsWith('#');
      if (columns === null) {
        columns = readColumns(comment ? line.replace(/^#+/, '') : line);
        if (columns !== null) return;
        if (!comment) sink.reject('comes before any line that names the column of the address');
      } else if (!comment) readRow(line, columns, sink);
      const count = announced.exec(line)?.[1];
      if (count !== undefined) sink.announce(Number(count));
    };
  },
};

function readColumns(line: string): Columns | null {
  const names = readFields(line)?.map((name) => name.toLowerCase()) ?? [];
  const address = names.findIndex((name) => addressColumns.includes(name));
  return names.length < 2 || address < 0 ? null : { address, kind: names.indexOf('ioc_type') };
}

function readRow(line: string, columns: Columns, sink: FeedSink): void {
  const fields = readFields(line);
  const kind = columns.kind < 0 ? undefined : fields?.[columns.kind];
  const text = fields?.[columns.address];
  if (fields === null) sink.reject('is not CSV');
  else if (kind !== undefined && !addressKinds.includes(kind)) sink.skip();
  else if (text === undefined) sink.reject('has too few columns');
  else sink.entry(withoutPort(text));
}

/** `a.b.c.d:port` and `[v6]:port`; what has several colons and no brackets is an address as it is. */
function withoutPort(text: string): string {
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::\d{1,5})?$/.exec(text);
  return match?.[1] ?? match?.[2] ?? text;
}

/** The fields of one line (RFC 4180, blanks around a field allowed), or null where a quote is left open. */
function readFields(line: string): string[] | null {
  const fields: string[] = [];
  const field = /\s*(?:"((?:[^"]|"")*)"|([^",]*))\s*(,|$)/y;
  for (;;) {
    const match = field.exec(line);
    if (match === null) return null;
    fields.push((match[1]?.replaceAll('""', '"') ?? match[2] ?? '').trim());
    if (match[3] === '') return fields;
  }
}
