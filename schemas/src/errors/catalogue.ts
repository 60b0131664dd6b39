/**
 * Every error that Tidegate can report, by code: what it is called, what happens next, what to do.
 *
 * A code never changes its meaning and is never used again. Append inside its block, in ascending order:
 * TG1xxx policy and validation, TG2xxx agent, TG3xxx controller, TG4xxx audit, TG5xxx set-up and command line.
 */

/** What happens after an error: a person is needed, something else has to happen first, or it is tried again. */
export type NextStep = 'stalling' | 'waiting' | 'retry';

export interface CatalogueEntry {
  /** What went wrong, in a few words, without a full stop. */
  readonly title: string;
  readonly next: NextStep;
  /** What a person does about it, one sentence. */
  readonly fix: string;
}

const entry = (title: string, next: NextStep, fix: string): CatalogueEntry => ({ title, next, fix });

export const errorCatalogue = {
  TG1001: entry('Broken YAML', 'stalling', 'Correct the syntax at the line and column that is named.'),
  TG1002: entry('Duplicate key', 'stalling', 'Keep one of the two keys.'),
  TG1003: entry('Unknown key', 'stalling', 'Remove the key or correct its spelling.'),
  TG1004: entry('Wrong type', 'stalling', 'Write a value of the type that the message names.'),
  TG1005: entry('Missing key', 'stalling', 'Add the key that the message names.'),
  TG1006: entry(
    'Value not allowed',
    'stalling',
    'Write one of the values, or a value in the range, that the message names.',
  ),
  TG1007: entry(
    'Bad address or prefix',
    'stalling',
    'Write an address such as 203.0.113.10 or a prefix such as 203.0.113.0/24 without host bits.',
  ),
  TG1008: entry(
    'Bad amount',
    'stalling',
    'Write a number with its unit, such as 20kpps, 200Mbps, 10m or 60%.',
  ),
  TG1009: entry('Unknown kind', 'stalling', 'Use one of the kinds that the message names.'),
  TG1010: entry('Unknown apiVersion', 'stalling', 'Write apiVersion: tidegate/v1.'),
  TG1011: entry(
    'Not supported by this version',
    'stalling',
    'Remove it, or upgrade to a version that supports it.',
  ),
  TG1012: entry('Over a size limit', 'stalling', 'Split the file, or make the list shorter.'),
  TG1013: entry('YAML feature not accepted', 'stalling', 'Write the value out in plain YAML.'),
  TG1014: entry('Value does not have its shape', 'stalling', 'Correct the value at the place that is named.'),
  TG1015: entry(
    'Policy does not compile',
    'stalling',
    'Run tidegate validate on the policy and correct what it finds.',
  ),
  TG1016: entry(
    'Indicator set cannot be built',
    'stalling',
    'Shorten the feed whose keys the message names, or leave it out.',
  ),
  TG1017: entry(
    'Bad payload pattern',
    'stalling',
    'Write the regular expression as the message says; docs/attack-profiles.md has the syntax and the bounds.',
  ),

  TG2001: entry(
    'Capture cannot start',
    'stalling',
    'Run tidegate-agent doctor: it names the missing capability, interface or kernel feature.',
  ),
  TG2002: entry(
    'Rule cannot be expressed',
    'stalling',
    'Use another backend for this step (via: nftables or via: xdp).',
  ),
  TG2003: entry(
    'Rule could not be installed',
    'retry',
    'Nothing to do unless it repeats; then run tidegate-agent doctor.',
  ),
  TG2004: entry(
    'Rule was not found where it was installed',
    'retry',
    'Nothing to do unless it repeats; then look for another program that changes the same table.',
  ),
  TG2005: entry(
    'Bundle refused',
    'waiting',
    'The bundle before stays in force; look at the stage and reason, and publish a corrected policy.',
  ),
  TG2006: entry(
    'Controller not reachable',
    'retry',
    'Check its address, certificate and network; the agent defends with the last good bundle meanwhile.',
  ),
  TG2007: entry(
    'Enrolment refused',
    'stalling',
    'Check the join token and that no other node has this name.',
  ),
  TG2008: entry(
    'State folder not usable',
    'stalling',
    'Make the folder writable for the agent and free some space.',
  ),
  TG2009: entry(
    'Control socket not usable',
    'stalling',
    'Check that the agent runs and that you may open its socket.',
  ),
  TG2010: entry(
    'nftables cannot be used',
    'stalling',
    'Install libnftables1 and give the agent CAP_NET_ADMIN, or use another backend (via: xdp).',
  ),
  TG2011: entry(
    'nftables table belongs to another program',
    'stalling',
    'Give this agent another instance name in its configuration, or delete the table if nothing needs it.',
  ),
  TG2012: entry(
    'Control request is malformed',
    'stalling',
    'Use the tidegate-agent command of the same version as the agent.',
  ),
  TG2013: entry(
    'Rule has no effect',
    'waiting',
    'Look at the incident: the attack may have changed; the next tick classifies it anew.',
  ),
  TG2014: entry(
    'Forensic capture could not be saved',
    'waiting',
    'Make the capture folder writable, free some space or raise its limits; the next incident tries again.',
  ),
  TG2015: entry(
    'Indicator set refused',
    'waiting',
    'The set before stays in force; fetch it again, or let the controller build it again.',
  ),
  TG2016: entry(
    'Baseline refused',
    'waiting',
    'Nothing to do: the copy before is used, or learning begins anew on the floors of the policy.',
  ),
  TG2017: entry(
    'BGP speaker cannot be reached',
    'retry',
    'Start gobgpd with --api-hosts at the address that the message names; routes that are missing are announced once it answers.',
  ),
  TG2018: entry(
    'BGP speaker refused the routes',
    'stalling',
    'Read the answer of the speaker that the message quotes, and its own log.',
  ),
  TG2019: entry(
    'Route is not sound',
    'stalling',
    'Correct the rule at the place that is named: a router would end the session over it.',
  ),
  TG2020: entry(
    'Route is beyond what this node may announce',
    'stalling',
    'Widen the bounds of the speaker in the configuration of the agent, where the policy is right; else correct the policy.',
  ),
  TG2021: entry(
    'Scrubbing is not to be had',
    'waiting',
    'Look at what the provider answered, and at its own console; the steps after are taken where the attack goes on.',
  ),

  TG3001: entry(
    'Policy repository cannot be read',
    'retry',
    'Check the path, the branch and the permissions; the policy before stays in force.',
  ),
  TG3002: entry(
    'Policy revision refused',
    'waiting',
    'Correct the findings and push again; the policy before stays in force.',
  ),
  TG3003: entry(
    'Request is not authentic',
    'stalling',
    'Check the clock of the node and that it uses the key it was enrolled with.',
  ),
  TG3004: entry(
    'Join token refused',
    'stalling',
    'Give the node the token that the controller was configured with.',
  ),
  TG3005: entry(
    'Node name is taken',
    'stalling',
    'Give this node another name, or restore the key that it was enrolled with.',
  ),
  TG3006: entry(
    'No group claims the node',
    'waiting',
    'Give the node labels that a NodeGroup selects, or add a NodeGroup for it.',
  ),
  TG3007: entry('Request is malformed', 'stalling', 'Correct what the message names.'),
  TG3008: entry('No such route', 'stalling', 'Check the path and the method.'),
  TG3009: entry(
    'Controller failed',
    'retry',
    'Nothing to do unless it repeats; then look at the log of the controller.',
  ),
  TG3010: entry(
    'Refuses to listen without TLS',
    'stalling',
    'Set listen.tls, or listen on 127.0.0.1 or ::1 only.',
  ),
  TG3011: entry(
    'State folder not usable',
    'stalling',
    'Make the folder writable for the controller and free some space.',
  ),
  TG3012: entry(
    'State folder is in use',
    'stalling',
    'Stop the other controller, or give this one a stateDir of its own.',
  ),
  TG3013: entry(
    'Threat feed refused',
    'waiting',
    'The copy before stays in use; look at the feed, and widen its bounds if the change is real.',
  ),
  TG3014: entry(
    'Threat feed cannot be fetched',
    'retry',
    'Check its address and key; the copy before stays in use.',
  ),
  TG3015: entry(
    'No such indicator set',
    'waiting',
    'Nothing to do: the next bundle names the set that took its place.',
  ),
  TG3016: entry(
    'Too many downloads at a time',
    'retry',
    'Nothing to do: the agent asks again, and keeps the set before meanwhile.',
  ),

  TG4001: entry(
    'Audit record is malformed',
    'stalling',
    'Find out what wrote it: the log must hold only what Tidegate wrote.',
  ),
  TG4002: entry(
    'Audit chain is broken',
    'stalling',
    'Find out who changed the log; compare with the spool of the agent.',
  ),
  TG4003: entry(
    'Audit signature is wrong',
    'stalling',
    'Check the keys that you verify against, then find out who wrote this.',
  ),
  TG4004: entry(
    'Audit records are missing',
    'waiting',
    'The agent sends again from the sequence number that is named.',
  ),
  TG4005: entry(
    'Audit log has forked',
    'stalling',
    'Two different records claim one place: find out which agent runs twice or was tampered with.',
  ),
  TG4006: entry(
    'Checkpoint does not fit the log',
    'stalling',
    'Find out who changed the audit repository; restore it from a clone that verifies.',
  ),
  TG4007: entry(
    'Signed note is malformed',
    'stalling',
    'Fetch it again; if it stays so, find out who wrote it.',
  ),
  TG4008: entry(
    'Audit repository cannot be written',
    'retry',
    'Check permissions and space; agents keep their records until it works.',
  ),
  TG4009: entry(
    'Audit spool is full',
    'waiting',
    'Bring the controller back or raise spoolBytesMax; kernel actions go on meanwhile.',
  ),
  TG4010: entry('Index is outside the log', 'stalling', 'Ask for an index below the size of the tree.'),
  TG4011: entry(
    'Audit repository cannot be read',
    'stalling',
    'Check the path and its permissions, and that it holds a committed audit log.',
  ),

  TG5001: entry('Wrong use of the command', 'stalling', 'Run it with --help.'),
  TG5002: entry('Configuration is not valid', 'stalling', 'Correct the key that is named.'),
  TG5003: entry('File cannot be read', 'stalling', 'Check the path and its permissions.'),
  TG5004: entry('Tidegate is not built', 'stalling', 'Run npm run setup.'),
  TG5005: entry(
    'Secret cannot be resolved',
    'stalling',
    'Set the variable, or make the file readable, that the reference names.',
  ),
  TG5006: entry(
    'Not a capture file',
    'stalling',
    'Give a pcap or pcapng file, also compressed with gzip; editcap converts what other tools wrote.',
  ),
  TG5007: entry(
    'File cannot be written',
    'stalling',
    'Check the folder, its permissions and the free space.',
  ),
  TG5008: entry(
    'Traffic and policy do not fit',
    'stalling',
    'Name the node group that protects these addresses, or take traffic of the addresses that it protects.',
  ),
} as const satisfies Record<`TG${number}`, CatalogueEntry>;

export type ErrorCode = keyof typeof errorCatalogue;
