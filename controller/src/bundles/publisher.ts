import {
  groupFor,
  type AuditEvent,
  canonicalJson,
  type Bundle,
  type Indicators,
  type PolicyDocument,
  type SignedBundle,
} from '@tidegate/schemas';
import type { SigningKey } from '../keys/index.ts';
import type { Clock, Log } from '../ports.ts';
import { SerialQueue } from '../state/index.ts';
import { contentDigest, signBundle, stampBundle } from './content.ts';
import { openSigned, PublishedStore, type NodeGroup, type PublishedState } from './store.ts';

export interface PublishedBundle {
  readonly bundle: Bundle;
  readonly signed: SignedBundle;
}

/** A revision that validated, compiled for each of its groups. Epoch and times of the bundles are not yet theirs. */
export interface Policy {
  readonly commit: string;
  readonly nodeGroups: readonly NodeGroup[];
  readonly bundles: readonly Bundle[];
}

export interface PublisherOptions {
  readonly stateDir: string;
  readonly key: SigningKey;
  /** How long a bundle may be accepted after it was issued, ms. */
  readonly validMs: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Keeps an audit record. */
  readonly record: (event: AuditEvent) => Promise<void>;
  /** The indicator set that the bundle of a group names; asked anew for each publication. @default none */
  readonly indicatorsOf?: (group: string) => Indicators | undefined;
  /** Called after what is served has changed. */
  readonly onChange: () => void;
}

/** Stamps, signs, keeps and serves bundles. */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #store: PublishedStore;
  readonly #changes = new SerialQueue();
  #state: PublishedState;
  #byGroup: ReadonlyMap<string, PublishedBundle>;

  private constructor(options: PublisherOptions, store: PublishedStore, state: PublishedState) {
    this.#options = options;
    this.#store = store;
    this.#state = state;
    this.#byGroup = this.#open(state.bundles);
  }

  /** Takes up what was published before. Throws TG3011. */
  static async open(options: PublisherOptions): Promise<Publisher> {
    const store = new PublishedStore(options.stateDir);
    return new Publisher(options, store, await store.read());
  }

  get goodCommit(): string | null {
    return this.#state.goodCommit;
  }

  get refusedCommit(): string | null {
    return this.#state.refusedCommit;
  }

  /** What is published, by group. */
  all(): PublishedBundle[] {
    return [...this.#byGroup.values()];
  }

  /** The group that claims a node with these labels, or null. */
  groupOf(labels: Record<string, string>): string | null {
    return groupFor(this.#state.nodeGroups.map(asDocument), labels);
  }

  bundleFor(labels: Record<string, string>): PublishedBundle | null {
    return this.#byGroup.get(this.groupOf(labels) ?? '') ?? null;
  }

  /** Puts a policy in force: groups whose content changed get a new epoch, the others keep their bundle. */
  publish({ commit, nodeGroups, bundles }: Policy): Promise<void> {
    return this.#changes.run(async () => {
      const kept = new Map<string, PublishedBundle>();
      const changed: Bundle[] = [];
      for (const bundle of bundles.map((compiled) => this.#withIndicators(compiled))) {
        const before = this.#byGroup.get(bundle.group);
        if (before !== undefined && contentDigest(before.bundle) === contentDigest(bundle)) {
          kept.set(bundle.group, before);
        } else changed.push(bundle);
      }
      await this.#issue({ commit, nodeGroups, kept, changed });
    });
  }

  /** Issues the bundles anew whose groups have another indicator set now; resolves with whether there was one. */
  refreshIndicators(): Promise<boolean> {
    return this.#changes.run(async () => {
      const changed = this.all().flatMap(({ bundle }) => {
        const next = this.#withIndicators(bundle);
        const isSame = canonicalJson(next.indicators ?? null) === canonicalJson(bundle.indicators ?? null);
        return isSame ? [] : [next];
      });
      const { goodCommit: commit, nodeGroups } = this.#state;
      if (changed.length === 0 || commit === null) return false;
      const kept = new Map(this.#byGroup);
      for (const { group } of changed) kept.delete(group);
      await this.#issue({ commit, nodeGroups, kept, changed });
      return true;
    });
  }

  /** Issues anew what is past half of its validity, so that a new agent can accept it. */
  renew(): Promise<void> {
    return this.#changes.run(async () => {
      const { clock, validMs } = this.#options;
      const old = ({ bundle }: PublishedBundle) => Date.parse(bundle.expiresAt) - clock() < validMs / 2;
      const changed = this.all().filter(old);
      const { goodCommit: commit, nodeGroups } = this.#state;
      if (changed.length === 0 || commit === null) return;
      const kept = new Map([...this.#byGroup].filter(([, published]) => !changed.includes(published)));
      await this.#issue({ commit, nodeGroups, kept, changed: changed.map(({ bundle }) => bundle) });
    });
  }

  /** Remembers that a revision was refused, so that it is recorded once. */
  noteRefused(commit: string): Promise<void> {
    return this.#changes.run(() => this.#keep({ ...this.#state, refusedCommit: commit }));
  }

  /** Counter, record, bundle, in this order on the disk: a crash in between wastes an epoch and never repeats one. */
  async #issue(
    next: Pick<Policy, 'commit' | 'nodeGroups'> & { kept: Map<string, PublishedBundle>; changed: Bundle[] },
  ) {
    const { key, clock, validMs, record, log, onChange } = this.#options;
    const { commit, nodeGroups, kept, changed } = next;
    const firstEpoch = this.#state.epoch + 1;
    if (changed.length > 0) await this.#keep({ ...this.#state, epoch: this.#state.epoch + changed.length });
    const issuedAtMs = clock();
    const published = new Map(kept);
    for (const [offset, content] of changed.entries()) {
      const stamp = { epoch: firstEpoch + offset, commit, issuedAtMs, expiresAtMs: issuedAtMs + validMs };
      const bundle = stampBundle(content, stamp);
      const signed = signBundle(bundle, key);
      const { group, epoch } = bundle;
      await record({ kind: 'bundle.published', body: { digest: signed.digest, epoch, commit, group } });
      published.set(group, { bundle, signed });
      log.info({ group, epoch, commit, digest: signed.digest }, 'bundle published');
    }
    const bundles = [...published.values()].map(({ signed }) => signed);
    await this.#keep({ ...this.#state, goodCommit: commit, refusedCommit: null, nodeGroups, bundles });
    this.#byGroup = published;
    onChange();
  }

  #withIndicators({ indicators: _, ...bundle }: Bundle): Bundle {
    const indicators = this.#options.indicatorsOf?.(bundle.group);
    return indicators === undefined ? bundle : { ...bundle, indicators };
  }

  async #keep(state: PublishedState): Promise<void> {
    await this.#store.write(state);
    this.#state = state;
  }

  #open(bundles: readonly SignedBundle[]): Map<string, PublishedBundle> {
    const byGroup = new Map<string, PublishedBundle>();
    for (const signed of bundles) {
      const bundle = openSigned(signed, this.#options.key);
      if (bundle !== null) byGroup.set(bundle.group, { bundle, signed });
      else
        this.#options.log.error(
          { digest: signed.digest },
          'a published bundle is not ours; it waits for the next sync',
        );
    }
    return byGroup;
  }
}

/** A node group as `groupFor` takes it; the file that it came from is no longer known. */
const asDocument = ({ name, spec }: NodeGroup): PolicyDocument => ({
  valid: true,
  kind: 'NodeGroup',
  name,
  spec,
  file: '',
  positionOf: () => ({ line: 1, column: 1 }),
});
