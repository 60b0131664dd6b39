import type { ControllerStatus } from '@tidegate/schemas';
import type { AgentRegistry, Heartbeats } from './agents/index.ts';
import type { LogWriter } from './audit/index.ts';
import type { Publisher } from './bundles/index.ts';
import type { FeedDesk } from './feeds/index.ts';
import type { PolicySync } from './policy/index.ts';

export interface StatusSources {
  readonly sync: PolicySync;
  readonly publisher: Publisher;
  readonly feeds: FeedDesk;
  readonly registry: AgentRegistry;
  readonly heartbeats: Heartbeats;
  readonly writer: LogWriter;
}

/** The one place that says how the controller stands. */
export function statusOf(sources: StatusSources): ControllerStatus {
  const { sync, publisher, feeds, registry, heartbeats, writer } = sources;
  const { seenCommit, findings, error } = sync.status;
  return {
    schema: 'tidegate/controller-status/v1',
    policy: { seenCommit, goodCommit: publisher.goodCommit, findings: [...findings], error },
    bundles: publisher
      .all()
      .map(({ bundle: { group, epoch }, signed: { digest } }) => ({ group, epoch, digest })),
    agents: registry.all().map(({ agent, labels }) => {
      const { heartbeat, lastSeen } = heartbeats.of(agent);
      return {
        agent,
        group: publisher.groupOf(labels),
        effective: heartbeat?.digests.effective ?? null,
        lastSeen,
      };
    }),
    feeds: feeds.status(),
    audit: { size: writer.size, commit: writer.tip },
  };
}
