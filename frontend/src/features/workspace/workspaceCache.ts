/** Applies workspace events, and changes of the viewer's channel list, to the cache. */
import type { ApolloCache, Reference } from '@apollo/client';
import type { ChannelMentions } from '../../gql/graphql';

/** The cache key of a workspace's boot. */
function bootKey(workspaceId: string): string {
  return `Boot:${JSON.stringify({ workspace: { id: workspaceId } })}`;
}

export function changeWorkspace(
  cache: ApolloCache,
  workspaceId: string,
  change: {
    name?: string;
    iconUrl?: string | null;
    channelMentions?: ChannelMentions;
    memberCountDelta?: number;
  },
): void {
  cache.modify<{
    name: string;
    iconUrl: string | null;
    channelMentions: ChannelMentions;
    memberCount: number;
  }>({
    id: `Workspace:${workspaceId}`,
    fields: {
      name: (name) => change.name ?? name,
      iconUrl: (url) => (change.iconUrl === undefined ? url : change.iconUrl),
      channelMentions: (who) => change.channelMentions ?? who,
      memberCount: (count) => count + (change.memberCountDelta ?? 0),
    },
  });
}

export function setUnreadNotifications(
  cache: ApolloCache,
  workspaceId: string,
  count: number,
): void {
  cache.modify({ id: bootKey(workspaceId), fields: { unreadNotifications: () => count } });
}

/** Adds a channel to the viewer's channel list, or removes it. */
export function setChannelListed(
  cache: ApolloCache,
  workspaceId: string,
  channelId: string,
  listed: boolean,
): void {
  const ref: Reference = { __ref: `Channel:${channelId}` };
  cache.modify<{ channels: readonly Reference[] }>({
    id: bootKey(workspaceId),
    fields: {
      channels: (channels) => {
        const others = channels.filter((channel) => channel.__ref !== ref.__ref);
        if (listed && others.length < channels.length) return channels;
        return listed ? [...others, ref] : others;
      },
    },
  });
}
