/** From policy documents to the threat feeds of the controller, which builds an indicator set for each node group. */
import { TidegateError } from '../errors/tidegate-error.ts';
import { amountOf } from './amount-of.ts';
import { policyDefaults } from './defaults.ts';
import type { PolicyDocument, ValidDocument } from './document.ts';
import { Policy } from './policy.ts';

type Written = ValidDocument<'ThreatFeed'>['spec'];

/** Where a list comes from. */
export type FeedOrigin =
  | { readonly path: string }
  | {
      readonly url: string;
      readonly refreshMs: number;
      /** `secret` is a reference. */
      readonly auth: { readonly header: string; readonly secret: string } | null;
    };

export interface CompiledFeed {
  readonly name: string;
  readonly origin: FeedOrigin;
  readonly format: Written['format'];
  readonly action: NonNullable<Written['action']>;
  readonly allowEmpty: boolean;
  /** Least share of the entries before, and greatest multiple of them. */
  readonly shrinkShareMin: number;
  readonly growthMax: number;
  /** Null where the list itself says it. */
  readonly credit: string | null;
}

const { threatFeed } = policyDefaults;

/** The feeds of one node group, by name. Throws TG1015 where a document has findings. */
export function compileFeeds(documents: readonly PolicyDocument[], group: string): CompiledFeed[] {
  const broken = documents.find(({ valid }) => !valid);
  if (broken !== undefined) throw new TidegateError('TG1015', `${broken.file} has findings.`);
  return new Policy(documents).feedsOf(group).map(({ name, spec }) => ({
    name,
    origin: originOf(spec.source),
    format: spec.format,
    action: spec.action ?? threatFeed.action,
    allowEmpty: spec.allowEmpty ?? threatFeed.allowEmpty,
    shrinkShareMin: 1 - amountOf('share', spec.bounds?.shrink ?? threatFeed.shrink),
    growthMax: 1 + amountOf('share', spec.bounds?.grow ?? threatFeed.grow),
    credit: spec.credit ?? null,
  }));
}

function originOf({ path, url, refresh, auth }: Written['source']): FeedOrigin {
  if (url !== undefined) {
    return { url, refreshMs: amountOf('duration', refresh ?? threatFeed.refresh), auth: auth ?? null };
  }
  if (path === undefined) throw new TidegateError('TG1015', 'A ThreatFeed has neither path nor url.');
  return { path };
}
