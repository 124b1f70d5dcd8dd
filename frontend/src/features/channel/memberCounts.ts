/**
 * Reads the member counts of channels again after somebody came or went.
 *
 * An event cannot be added to a count: a page may have been read before or after it. So events only
 * say which counts are stale; they are asked for together, a little later, at random so that all who
 * see a channel do not ask in one moment, and not while nobody looks.
 */
import type { ApolloClient } from '@apollo/client';
import { graphql } from '../../gql';

const MEMBER_COUNT = graphql(`
  query MemberCount($workspaceId: ID!, $id: ID!) {
    channel(workspaceId: $workspaceId, id: $id) {
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

/** At least this long, and up to twice as long. */
const settle = 400;

export class MemberCounts {
  private stale = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly client: ApolloClient,
    private readonly workspaceId: string,
  ) {
    document.addEventListener('visibilitychange', this.plan);
  }

  refresh(channelId: string): void {
    this.stale.add(channelId);
    this.plan();
  }

  stop(): void {
    clearTimeout(this.timer);
    document.removeEventListener('visibilitychange', this.plan);
  }

  private plan = (): void => {
    if (this.stale.size === 0 || document.visibilityState === 'hidden') return;
    clearTimeout(this.timer);
    this.timer = setTimeout(this.ask, settle * (1 + Math.random()));
  };

  private ask = (): void => {
    const ids = [...this.stale];
    this.stale.clear();
    for (const id of ids) {
      // Forgotten, as the viewer may see it no more.
      if (!isKnown(this.client, id)) continue;
      this.client
        .query({
          query: MEMBER_COUNT,
          variables: { workspaceId: this.workspaceId, id },
          fetchPolicy: 'network-only',
        })
        // It stays as it was until the next look.
        .catch(() => {});
    }
  };
}

function isKnown(client: ApolloClient, channelId: string): boolean {
  const known = { id: `Channel:${channelId}`, fragment: CHANNEL_COUNTED };
  return client.cache.readFragment(known) !== null;
}
