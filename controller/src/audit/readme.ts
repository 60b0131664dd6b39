/** README.md of every audit repository: whoever clones it learns what it is and how to check it. */
export const readme = `# Audit log

Written by a Tidegate controller. Nothing here is edited by hand, and nothing is ever changed or removed.

- \`log/YYYY/MM/DD/INDEX.jsonl\`: records, one in a line, each in canonical JSON (RFC 8785). INDEX is the global index of
  the first one. The hash of a record is the SHA-256 of its line, without the newline; each record carries the hash of
  the one before it of the same agent.
- \`log/YYYY/MM/DD/INDEX.sigs.jsonl\`: the Ed25519 signatures of the agents over their batches.
- \`checkpoint\`: a signed note (C2SP tlog-checkpoint) over the Merkle tree (RFC 6962) of all records.
- \`forks/AGENT/\`: batches that contradict the log, kept as they came. There should be none.

Verify it offline with the public keys of the controller (\`trust.json\`):

    npx --no tidegate audit verify REPOSITORY --keys trust.json

The log is tamper-evident. It cannot prove an event that was never recorded, and a cut tail shows only against a
checkpoint kept elsewhere: agents keep theirs, and \`--witness FILE\` compares.
`;
