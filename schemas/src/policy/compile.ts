/** From policy documents to the bundle of one node group: base units, defaults filled in, everything in one order. */
import { TidegateError } from '../errors/tidegate-error.ts';
import { parseCidr } from '../net/cidr.ts';
import { readPorts } from '../net/ports.ts';
import type {
  Bundle,
  CompiledCeiling,
  CompiledFlow,
  CompiledPlaybook,
  CompiledStep,
  CompiledThreshold,
  PortRange,
} from '../shapes/index.ts';
import type { Unit } from '../units/amount.ts';
import { amountOf } from './amount-of.ts';
import { compileChannels } from './channels.ts';
import { compileProfile } from './compile-profiles.ts';
import { compileCondition, compileFlowSpecPolicy } from './compile-flowspec.ts';
import { compileScrubber } from './scrubbers.ts';
import { policyDefaults } from './defaults.ts';
import type { PolicyDocument, ValidDocument } from './document.ts';
import { compare } from './finding.ts';
import { Policy } from './policy.ts';
import { prefixes } from './prefixes.ts';

export interface BundleIdentity {
  /** Rises with every publication, also with a rollback. */
  readonly epoch: number;
  /** The git commit that the policy was read from. */
  readonly commit: string;
  /** RFC 3339 with milliseconds, UTC. */
  readonly issuedAt: string;
  readonly expiresAt: string;
}

/**
 * Compiles the bundle of one group. The same meaning gives the same canonical bytes: prefixes, interfaces, families,
 * thresholds and playbooks are sorted and each stands once. Playbooks are tried in the order of their names.
 *
 * Throws TG1015 where a document has findings, the group is not there or has no threshold.
 */
export function compileBundle(
  documents: readonly PolicyDocument[],
  group: string,
  identity: BundleIdentity,
): Bundle {
  const broken = documents.find(({ valid }) => !valid);
  if (broken !== undefined) throw new TidegateError('TG1015', `${broken.file} has findings.`);
  const policy = new Policy(documents);
  const node = policy.groups.find(({ name }) => name === group);
  if (node === undefined) throw new TidegateError('TG1015', `There is no NodeGroup called "${group}".`);
  const thresholds = policy
    .thresholdsOf(node)
    .map(({ threshold, targets }) => compileThreshold(threshold, targets));
  if (thresholds.length === 0)
    throw new TidegateError('TG1015', `The NodeGroup "${group}" has no Threshold.`);
  const { spec } = node;
  return {
    schema: 'tidegate/bundle/v1',
    group,
    epoch: identity.epoch,
    commit: identity.commit,
    issuedAt: identity.issuedAt,
    expiresAt: identity.expiresAt,
    allowEmpty: spec.allowEmpty ?? policyDefaults.nodeGroup.allowEmpty,
    mode: spec.mode ?? policyDefaults.nodeGroup.mode,
    interfaces: sorted(spec.interfaces),
    protect: prefixes(spec.protect),
    linkCapacityBitsPerSecond: amountOrNull('bits/s', spec.linkCapacity),
    safelist: prefixes(spec.safelist ?? []),
    // What an earlier version does not know is left out where it is not declared.
    ...declared('neverBlock', compileFlows(spec.neverBlock ?? [])),
    ...declared('blocklist', prefixes(spec.blocklist ?? [])),
    ...declared('decapsulate', sorted(spec.decapsulate ?? [])),
    thresholds,
    playbooks: policy.playbooksOf(node).map(compilePlaybook),
    ...declared('flowspec', policy.flowspecsOf(group).map(compileFlowSpecPolicy)),
    ...declared('scrubbers', policy.scrubbersOf(group).map(compileScrubber)),
    ...declared('profiles', policy.profilesOf(group).map(compileProfile)),
    ...declared('channels', compileChannels(policy, node)),
    ...declared('notify', sorted(spec.notify ?? [])),
  };
}

const protocolNumber = { tcp: 6, udp: 17 } as const;

type Flow = NonNullable<ValidDocument<'NodeGroup'>['spec']['neverBlock']>[number];

const compileFlows = (flows: readonly Flow[]): CompiledFlow[] =>
  [...flows].sort((a, b) => compare(a.name, b.name)).map(compileFlow);

function compileFlow({ name, source, destination, protocol, port, sourcePort, packets }: Flow): CompiledFlow {
  return {
    name,
    source: parseCidr(source).text,
    ...(destination === undefined ? {} : { destination: parseCidr(destination).text }),
    protocol: protocolNumber[protocol],
    ...(sourcePort === undefined ? {} : { sourcePorts: portsOf(sourcePort) }),
    ...(port === undefined ? {} : { destinationPorts: portsOf(port) }),
    packetsPerSecond: amountOf('packets/s', packets ?? policyDefaults.nodeGroup.neverBlockPackets),
  };
}

function portsOf(written: number | string): PortRange {
  const reading = readPorts(written);
  if (!reading.ok) throw new TidegateError('TG1015', reading.message);
  return reading.value;
}

function compileThreshold(
  { name, spec }: ValidDocument<'Threshold'>,
  targets: readonly string[],
): CompiledThreshold {
  return {
    name,
    targets: prefixes(targets),
    floorPacketsPerSecond: amountOrNull('packets/s', spec.floor.packets),
    floorBitsPerSecond: amountOrNull('bits/s', spec.floor.bits),
    ...(spec.ceiling === undefined ? {} : { ceiling: compileCeiling(spec.ceiling) }),
    ...((spec.sensitivity ?? policyDefaults.threshold.sensitivity) === policyDefaults.threshold.sensitivity
      ? {}
      : { sensitivity: spec.sensitivity }),
    holdMs: amountOf('duration', spec.hold ?? policyDefaults.threshold.hold),
    releaseRatio: amountOf('share', spec.release?.below ?? policyDefaults.threshold.releaseBelow),
  };
}

const ceilingClasses = ['packets', 'bits', 'syn', 'tcp', 'udp', 'icmp', 'fragments', 'other'] as const;

function compileCeiling({
  burst = policyDefaults.threshold.ceilingBurst,
  ...ceiling
}: NonNullable<ValidDocument<'Threshold'>['spec']['ceiling']>): CompiledCeiling {
  const limits = ceilingClasses.flatMap((name): CompiledCeiling['limits'] => {
    const written = ceiling[name];
    if (written === undefined) return [];
    return [{ class: name, perSecond: amountOf(name === 'bits' ? 'bits/s' : 'packets/s', written) }];
  });
  return { burstMs: amountOf('duration', burst), limits };
}

function compilePlaybook({ name, spec }: ValidDocument<'Playbook'>): CompiledPlaybook {
  return {
    name,
    families: sorted(spec.trigger.families),
    confidence: spec.trigger.confidence ?? policyDefaults.playbook.confidence,
    steps: spec.steps.map(compileStep),
    ...declared('notify', sorted(spec.notify ?? [])),
    releaseAfterMs: amountOf('duration', spec.release?.after ?? policyDefaults.playbook.releaseAfter),
    ...(spec.release?.probe === undefined ? {} : { probeMs: amountOf('duration', spec.release.probe) }),
  };
}

type Step = ValidDocument<'Playbook'>['spec']['steps'][number];

/** The shape lets a step hold exactly one action. */
function compileStep({ drop, synproxy, flowspec, scrub, rtbh }: Step): CompiledStep {
  if (drop !== undefined) {
    const { via = policyDefaults.playbook.via, limit, when } = drop;
    return {
      ...{ action: 'drop', via, ...timesOf(drop) },
      ...(limit === undefined ? {} : { limit: compileLimit(limit) }),
      ...(when === undefined ? {} : { when: compileCondition(when) }),
    };
  }
  if (synproxy !== undefined) return { action: 'synproxy', via: 'xdp', ...timesOf(synproxy) };
  if (flowspec !== undefined) {
    const { policy, rate, when } = flowspec;
    return {
      ...{ action: 'flowspec', via: 'flowspec', policy, ...timesOf(flowspec) },
      ...(rate === undefined ? {} : { limit: { unit: 'bits', perSecond: amountOf('bits/s', rate) } }),
      ...(when === undefined ? {} : { when: compileCondition(when) }),
    };
  }
  if (scrub !== undefined) {
    const { scrubber, when } = scrub;
    return {
      ...{ action: 'scrub', via: 'scrubber', scrubber, ...timesOf(scrub) },
      when: compileCondition(when),
    };
  }
  if (rtbh !== undefined) {
    const { policy, when } = rtbh;
    return { action: 'rtbh', via: 'rtbh', policy, ...timesOf(rtbh), when: compileCondition(when) };
  }
  throw new TidegateError('TG1015', 'A step has no action.');
}

const timesOf = ({
  ttl,
  mode = policyDefaults.playbook.stepMode,
}: NonNullable<Step['synproxy']>): Pick<CompiledStep, 'ttlMs' | 'mode'> => ({
  ttlMs: amountOf('duration', ttl),
  mode,
});

/** The shape lets a limit hold exactly one of the two. */
function compileLimit({
  packets,
  bits,
}: NonNullable<NonNullable<Step['drop']>['limit']>): NonNullable<CompiledStep['limit']> {
  if (packets !== undefined) return { unit: 'packets', perSecond: amountOf('packets/s', packets) };
  if (bits !== undefined) return { unit: 'bits', perSecond: amountOf('bits/s', bits) };
  throw new TidegateError('TG1015', 'A limit has no rate.');
}

const amountOrNull = (unit: Unit, written: string | undefined): number | null =>
  written === undefined ? null : amountOf(unit, written);

/** A list under its name, nothing where it is empty. */
const declared = <Key extends string, Item>(key: Key, list: Item[]): Partial<Record<Key, Item[]>> =>
  list.length === 0 ? {} : ({ [key]: list } as Partial<Record<Key, Item[]>>);

const sorted = <Text extends string>(texts: readonly Text[]): Text[] => [...new Set(texts)].sort(compare);
