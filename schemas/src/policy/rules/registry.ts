/** Every rule of the semantic check: one line each. */
import { announcementGroup } from './announcement-group.ts';
import { blackholeNextHop } from './blackhole-next-hop.ts';
import { blocklistBreadth } from './blocklist-breadth.ts';
import { blocklistOverlap } from './blocklist-overlap.ts';
import { ceilingBelowFloor } from './ceiling-below-floor.ts';
import { ceilingPrefixes } from './ceiling-prefixes.ts';
import { ceilingWithoutLimit } from './ceiling-without-limit.ts';
import { channelDestination } from './channel-destination.ts';
import { channelUrl } from './channel-url.ts';
import { communityValue } from './community-value.ts';
import { competingThresholds } from './competing-thresholds.ts';
import { duplicateName } from './duplicate-name.ts';
import { feedFile } from './feed-file.ts';
import { feedNoisyDrop } from './feed-noisy-drop.ts';
import { feedSource } from './feed-source.ts';
import { groupWithoutPlaybook } from './group-without-playbook.ts';
import { groupWithoutThreshold } from './group-without-threshold.ts';
import { limitNeedsXdp } from './limit-needs-xdp.ts';
import { linkShareWithoutCapacity } from './link-share-without-capacity.ts';
import { neverBlockDestination } from './never-block-destination.ts';
import { neverBlockFlow } from './never-block-flow.ts';
import { overlappingSelectors } from './overlapping-selectors.ts';
import { profileConditions } from './profile-conditions.ts';
import { profileCount } from './profile-count.ts';
import { profileFamily, profileFamilySpelling } from './profile-family.ts';
import { profileField } from './profile-field.ts';
import { profilePayload } from './profile-payload.ts';
import { profileWithoutPlaybook } from './profile-without-playbook.ts';
import { rtbhOrder } from './rtbh-order.ts';
import { rtbhWithoutNextHop } from './rtbh-without-next-hop.ts';
import type { PolicyRule } from './rule.ts';
import { safelistEverything } from './safelist-everything.ts';
import { scrubFailed } from './scrub-failed.ts';
import { scrubGroup } from './scrub-group.ts';
import { scrubberProvider } from './scrubber-provider.ts';
import { scrubberUrl } from './scrubber-url.ts';
import { synproxyWithoutFlood } from './synproxy-without-flood.ts';
import { targetOutsideProtect } from './target-outside-protect.ts';
import { testClaims } from './test-claims.ts';
import { testFamily } from './test-family.ts';
import { testFile } from './test-file.ts';
import { testPath } from './test-path.ts';
import { unknownChannel } from './unknown-channel.ts';
import { unknownFamily } from './unknown-family.ts';
import { unknownFlowspecPolicy } from './unknown-flowspec-policy.ts';
import { unknownGroup } from './unknown-group.ts';
import { unknownScrubber } from './unknown-scrubber.ts';

export const policyRules: readonly PolicyRule[] = [
  announcementGroup,
  blackholeNextHop,
  blocklistBreadth,
  blocklistOverlap,
  ceilingBelowFloor,
  ceilingPrefixes,
  ceilingWithoutLimit,
  channelDestination,
  channelUrl,
  communityValue,
  competingThresholds,
  duplicateName,
  feedFile,
  feedNoisyDrop,
  feedSource,
  groupWithoutPlaybook,
  groupWithoutThreshold,
  limitNeedsXdp,
  linkShareWithoutCapacity,
  neverBlockDestination,
  neverBlockFlow,
  overlappingSelectors,
  profileConditions,
  profileCount,
  profileFamily,
  profileFamilySpelling,
  profileField,
  profilePayload,
  profileWithoutPlaybook,
  rtbhOrder,
  rtbhWithoutNextHop,
  safelistEverything,
  scrubFailed,
  scrubGroup,
  scrubberProvider,
  scrubberUrl,
  synproxyWithoutFlood,
  targetOutsideProtect,
  testClaims,
  testFamily,
  testFile,
  testPath,
  unknownChannel,
  unknownFamily,
  unknownFlowspecPolicy,
  unknownGroup,
  unknownScrubber,
];
