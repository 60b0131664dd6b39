/** All documents of a policy, sorted by kind and name, with the questions that rules and the compiler both ask. */
import { cidrCovers, parseCidr } from '../net/cidr.ts';
import type { PolicyKind } from '../shapes/policy/registry.ts';
import type { PolicyDocument, ValidDocument } from './document.ts';
import { compare } from './finding.ts';

export class Policy {
  readonly groups: readonly ValidDocument<'NodeGroup'>[];
  readonly thresholds: readonly ValidDocument<'Threshold'>[];
  readonly playbooks: readonly ValidDocument<'Playbook'>[];
  readonly tests: readonly ValidDocument<'PolicyTest'>[];
  readonly feeds: readonly ValidDocument<'ThreatFeed'>[];
  readonly profiles: readonly ValidDocument<'AttackProfile'>[];
  readonly channels: readonly ValidDocument<'NotificationChannel'>[];
  readonly flowspecs: readonly ValidDocument<'FlowSpecPolicy'>[];
  /** Paths of all files of the policy folder, null where they are not known. */
  readonly files: ReadonlySet<string> | null;
  readonly scrubbers: readonly ValidDocument<'Scrubber'>[];
  readonly #documents: readonly PolicyDocument[];

  constructor(documents: readonly PolicyDocument[], files: readonly string[] | null = null) {
    this.#documents = documents;
    this.files = files === null ? null : new Set(files);
    this.groups = this.#valid('NodeGroup');
    this.thresholds = this.#valid('Threshold');
    this.playbooks = this.#valid('Playbook');
    this.tests = this.#valid('PolicyTest');
    this.feeds = this.#valid('ThreatFeed');
    this.profiles = this.#valid('AttackProfile');
    this.channels = this.#valid('NotificationChannel');
    this.flowspecs = this.#valid('FlowSpecPolicy');
    this.scrubbers = this.#valid('Scrubber');
  }

  /** Every document that can be read, in the order in which it is written. */
  get valid(): readonly Exclude<PolicyDocument, { valid: false }>[] {
    return this.#documents.filter((document) => document.valid);
  }

  /** Whether every document that could be of this kind has been understood. Where not, nothing can be called missing. */
  isComplete(kind: PolicyKind): boolean {
    return !this.#documents.some(
      (document) => !document.valid && (document.kind === null || document.kind === kind),
    );
  }

  /** Whether a document of this kind may exist under this name, be it in one that could not be read. */
  mayHave(kind: PolicyKind, name: string): boolean {
    return this.#documents.some(
      (document) =>
        (document.kind === kind && (document.name === name || document.name === null)) ||
        document.kind === null,
    );
  }

  /**
   * The thresholds of a group, each with the targets that lie in what the group protects; empty means all of it. A
   * threshold whose targets all lie elsewhere is not among them: it would be read as one for everything.
   */
  thresholdsOf(
    group: ValidDocument<'NodeGroup'>,
  ): { threshold: ValidDocument<'Threshold'>; targets: string[] }[] {
    const named = this.thresholds.filter(({ spec }) => spec.groups.includes(group.name));
    const protect = group.spec.protect.map(parseCidr);
    return named.flatMap((threshold) => {
      const written = threshold.spec.targets ?? [];
      const targets = written.filter((target) => {
        const prefix = parseCidr(target);
        return protect.some((outer) => cidrCovers(outer, prefix));
      });
      return written.length === 0 || targets.length > 0 ? [{ threshold, targets }] : [];
    });
  }

  playbooksOf(group: ValidDocument<'NodeGroup'>): ValidDocument<'Playbook'>[] {
    return this.playbooks.filter(({ spec }) => spec.groups === undefined || spec.groups.includes(group.name));
  }

  feedsOf(group: string): ValidDocument<'ThreatFeed'>[] {
    return this.feeds.filter(({ spec }) => spec.groups === undefined || spec.groups.includes(group));
  }

  profilesOf(group: string): ValidDocument<'AttackProfile'>[] {
    return this.profiles.filter(({ spec }) => spec.groups === undefined || spec.groups.includes(group));
  }

  flowspecsOf(group: string): ValidDocument<'FlowSpecPolicy'>[] {
    return this.flowspecs.filter(({ spec }) => spec.groups === undefined || spec.groups.includes(group));
  }

  scrubbersOf(group: string): ValidDocument<'Scrubber'>[] {
    return this.scrubbers.filter(({ spec }) => spec.groups === undefined || spec.groups.includes(group));
  }

  #valid<Kind extends PolicyKind>(kind: Kind): ValidDocument<Kind>[] {
    const ofKind = this.valid.filter(
      (document) => document.kind === kind,
    ) as unknown as ValidDocument<Kind>[];
    return ofKind.sort((a, b) => compare(a.name, b.name));
  }
}
