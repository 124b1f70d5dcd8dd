/**
 * Refetches member counts after members join or leave.
 *
 * Events cannot be added to a count, because the count may have been read before or after the event.
 * They only mark counts as stale. Stale counts are refetched after a random delay, so that not all clients
 * request them at once, and only while the page is visible.
 */
import type { ApolloClient } from '@apollo/client';
import { graphql } from '../../gql';

const MEMBER_COUNT = graphql(`
  query MemberCount($id: ID!) {
    channel(id: $id) {
      id
      memberCount
    }
  }
`);

const CHANNEL_COUNTED = graphql(`
  fragment ChannelCounted on Channel {
    memberCount
  }
`);

/** Minimum delay in milliseconds. The maximum is twice as long. */
const minDelayMs = 400;

export class MemberCounts {
  private stale = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly client: ApolloClient) {
    document.addEventListener('visibilitychange', this.schedule);
  }

  refresh(channelId: string): void {
    this.stale.add(channelId);
    this.schedule();
  }

  stop(): void {
    clearTimeout(this.timer);
    document.removeEventListener('visibilitychange', this.schedule);
  }

  private schedule = (): void => {
    if (this.stale.size === 0 || document.visibilityState === 'hidden') return;
    clearTimeout(this.timer);
    this.timer = setTimeout(this.refetch, minDelayMs * (1 + Math.random()));
  };

  private refetch = (): void => {
    const ids = [...this.stale];
    this.stale.clear();
    for (const id of ids) {
      // Evicted, because the viewer lost access.
      if (!isKnown(this.client, id)) continue;
      this.client
        .query({
          query: MEMBER_COUNT,
          variables: { id },
          fetchPolicy: 'network-only',
        })
        // Keeps the old count until the next refresh.
        .catch(() => {});
    }
  };
}

function isKnown(client: ApolloClient, channelId: string): boolean {
  const known = { id: `Channel:${channelId}`, fragment: CHANNEL_COUNTED };
  return client.cache.readFragment(known) !== null;
}
