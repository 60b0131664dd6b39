import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditEvent } from '@tidegate/schemas';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../policy/fixtures.contract.ts';
import { JournalFile } from './journal-file.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tidegate-journal-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const incident = 'inc-0000000000000001';
const opened: AuditEvent = {
  kind: 'incident.opened',
  body: {
    ...{ incident, target: '203.0.113.10', family: 'udp_flood', confidence: 0.9, reasons: [] },
    evidence: {
      ...{ metric: 'packets', value: 2, threshold: 1, packetsPerSecond: 2, bitsPerSecond: 3 },
      ...{ samples: 4, windowMs: 100, firstPacketAt: null },
    },
  },
};

describe('the journal on disk', () => {
  it('is there after a restart', async () => {
    const before = new JournalFile(directory, silentLog);
    before.journal.add(opened, 1000);
    before.tick(5e9);
    await before.close();
    const after = new JournalFile(directory, silentLog);
    expect(after.journal.find(incident)).toEqual(before.journal.find(incident));
  });

  it('begins anew where it is damaged', () => {
    writeFileSync(join(directory, 'journal.json'), '{"schema":"tidegate/journal/v1","entries":[{"inc');
    expect(new JournalFile(directory, silentLog).journal.incidents).toEqual([]);
    writeFileSync(
      join(directory, 'journal.json'),
      '{"schema":"tidegate/journal/v1","entries":[{"incident":7},null,{"incident":"inc-1","first":{},"last":[],"left":0}]}',
    );
    expect(new JournalFile(directory, silentLog).journal.incidents).toEqual([]);
  });

  it('is no reason to stop where it cannot be written', async () => {
    const file = new JournalFile(join(directory, 'gone'), silentLog);
    file.journal.add(opened, 1000);
    file.tick(5e9);
    await expect(file.close()).resolves.toBeUndefined();
  });
});
