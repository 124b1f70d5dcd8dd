/** How events about channels change the cache. */
import type { ApolloCache } from '@apollo/client';
import { graphql } from '../../gql';
import type { ChannelKind } from '../../gql/graphql';
import { CHANNEL_READING, type Reading, readReading } from '../reading/readingCache';
import { listMyChannel } from '../workspace/workspaceCache';
import { CHANNEL } from './channel';

const CHANNEL_KNOWN = graphql(`
  fragment ChannelKnown on Channel {
    id
    kind
    viewerIsMember
  }
`);

interface EventChannel {
  id: string;
  kind: ChannelKind;
  name?: string | null;
  topic: string;
  createdAt: string;
}

/**
 * Writes a channel of an event; the people of a direct one are not in it and come with the next
 * query. How many are in a known channel stays as it was read: a page may have counted `joined`.
 */
export function writeChannel(
  cache: ApolloCache,
  channel: EventChannel,
  joined: readonly string[],
  meId: string,
): void {
  const id = `Channel:${channel.id}`;
  if (cache.readFragment({ id, fragment: CHANNEL_KNOWN, fragmentName: 'ChannelKnown' })) {
    cache.modify<{ name: string | null; topic: string }>({
      id,
      fields: {
        name: () => channel.name ?? null,
        topic: () => channel.topic,
      },
    });
    return;
  }
  cache.writeFragment({
    id,
    fragment: CHANNEL,
    fragmentName: 'Channel',
    data: {
      __typename: 'Channel',
      id: channel.id,
      kind: channel.kind,
      name: channel.name ?? null,
      topic: channel.topic,
      createdAt: channel.createdAt,
      memberCount: joined.length,
      viewerIsMember: joined.includes(meId),
      directMembers: [],
    },
  });
}

/** The viewer is in the channel from `seq` on, so nothing in it is unread yet. */
export function channelJoined(
  cache: ApolloCache,
  workspaceId: string,
  channelId: string,
  seq: number,
): void {
  cache.modify<{ viewerIsMember: boolean }>({
    id: `Channel:${channelId}`,
    fields: { viewerIsMember: () => true },
  });
  listMyChannel(cache, workspaceId, channelId, true);
  // The answer to joining has brought it.
  if (readReading(cache, channelId)) return;
  const reading: Reading = {
    __typename: 'Reading',
    lastReadSeq: seq,
    epoch: 0,
    unreadCount: 0,
    mentionCount: 0,
  };
  cache.writeFragment({
    id: `Channel:${channelId}`,
    fragment: CHANNEL_READING,
    fragmentName: 'ChannelReading',
    data: { __typename: 'Channel', reading },
  });
}

/**
 * The viewer has left, or was taken out. A private channel is forgotten, as it can be seen no more;
 * a public one can still be looked into.
 */
export function iLeftChannel(cache: ApolloCache, workspaceId: string, channelId: string): void {
  const id = `Channel:${channelId}`;
  const known = cache.readFragment({ id, fragment: CHANNEL_KNOWN, fragmentName: 'ChannelKnown' });
  listMyChannel(cache, workspaceId, channelId, false);
  if (known && known.kind !== 'PUBLIC') {
    cache.evict({ id });
    return;
  }
  cache.modify<{ viewerIsMember: boolean }>({ id, fields: { viewerIsMember: () => false } });
  cache.writeFragment({
    id,
    fragment: CHANNEL_READING,
    fragmentName: 'ChannelReading',
    data: { __typename: 'Channel', reading: null },
  });
}
