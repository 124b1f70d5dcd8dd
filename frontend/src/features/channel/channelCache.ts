/** Applies channel events to the cache. */
import type { ApolloCache } from '@apollo/client';
import { graphql } from '../../gql';
import type { ChannelKind } from '../../gql/graphql';
import {
  CHANNEL_READ_STATE,
  type ReadState,
  readReadState,
  readStateId,
} from '../read_state/readStateCache';
import { setChannelListed } from '../workspace/workspaceCache';
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
  archivedAt: string | null;
}

/** Applies the new state of a channel. Returns whether the viewer is a member of it. */
export function channelUpdated(cache: ApolloCache, channel: EventChannel): boolean {
  const id = `Channel:${channel.id}`;
  const known = cache.readFragment({ id, fragment: CHANNEL_KNOWN, fragmentName: 'ChannelKnown' });
  cache.modify<{ name: string | null; topic: string; archivedAt: string | null }>({
    id,
    fields: {
      name: () => channel.name ?? null,
      topic: () => channel.topic,
      archivedAt: () => channel.archivedAt,
    },
  });
  return known?.viewerIsMember ?? false;
}

/**
 * Writes the channel of an event. Events omit the members of a direct channel, and the creator of a channel
 * that the viewer joins; the next query loads them. Keeps the member count of a known channel, because it may
 * already include `joined`.
 */
export function writeChannel(
  cache: ApolloCache,
  channel: EventChannel,
  joined: readonly string[],
  meId: string,
  creatorId = '',
): void {
  const id = `Channel:${channel.id}`;
  if (cache.readFragment({ id, fragment: CHANNEL_KNOWN, fragmentName: 'ChannelKnown' })) {
    channelUpdated(cache, channel);
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
      archivedAt: channel.archivedAt,
      creatorId,
      memberCount: joined.length,
      viewerIsMember: joined.includes(meId),
      directMembers: [],
    },
  });
}

/** The viewer joined the channel at `seq`, so nothing in it is unread. */
export function viewerJoinedChannel(
  cache: ApolloCache,
  workspaceId: string,
  channelId: string,
  seq: number,
): void {
  cache.modify<{ viewerIsMember: boolean }>({
    id: `Channel:${channelId}`,
    fields: { viewerIsMember: () => true },
  });
  setChannelListed(cache, workspaceId, channelId, true);
  // The response to `joinChannel` has already written it.
  if (readReadState(cache, channelId)) return;
  const readState: ReadState = {
    __typename: 'ReadState',
    id: readStateId(channelId),
    lastReadSeq: seq,
    epoch: 0,
    unreadCount: 0,
    mentionCount: 0,
  };
  cache.writeFragment({
    id: `Channel:${channelId}`,
    fragment: CHANNEL_READ_STATE,
    fragmentName: 'ChannelReadState',
    data: { __typename: 'Channel', readState },
  });
}

/**
 * The viewer left or was removed. Evicts a private channel, which is no longer visible. A public one can
 * still be viewed.
 */
export function viewerLeftChannel(
  cache: ApolloCache,
  workspaceId: string,
  channelId: string,
): void {
  const id = `Channel:${channelId}`;
  const known = cache.readFragment({ id, fragment: CHANNEL_KNOWN, fragmentName: 'ChannelKnown' });
  setChannelListed(cache, workspaceId, channelId, false);
  if (known && known.kind !== 'PUBLIC') {
    cache.evict({ id });
    return;
  }
  cache.modify<{ viewerIsMember: boolean }>({ id, fields: { viewerIsMember: () => false } });
  cache.writeFragment({
    id,
    fragment: CHANNEL_READ_STATE,
    fragmentName: 'ChannelReadState',
    data: { __typename: 'Channel', readState: null },
  });
}
