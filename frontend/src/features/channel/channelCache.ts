/** Applies channel events to the cache. */
import type { ApolloCache } from '@apollo/client';
import { graphql } from '../../gql';
import type { ChannelSnapshotFragment } from '../../gql/graphql';
import { readReadState, readStateId, setReadState } from '../read_state/readStateCache';
import { setChannelListed } from '../workspace/workspaceCache';
import { CHANNEL } from './channel';

const CHANNEL_KNOWN = graphql(`
  fragment ChannelKnown on Channel {
    id
    kind
    archivedAt
    viewerIsMember
  }
`);

type EventChannel = Omit<ChannelSnapshotFragment, '__typename'>;

function known(cache: ApolloCache, channelId: string) {
  const id = `Channel:${channelId}`;
  return cache.readFragment({ id, fragment: CHANNEL_KNOWN, fragmentName: 'ChannelKnown' });
}

function setViewerIsMember(cache: ApolloCache, channelId: string, isMember: boolean): void {
  cache.modify<{ viewerIsMember: boolean }>({
    id: `Channel:${channelId}`,
    fields: { viewerIsMember: () => isMember },
  });
}

/** Evicts the lists of all channels. A visible one is refetched. */
function evictChannelLists(cache: ApolloCache, workspaceId: string): void {
  cache.evict({ id: `Workspace:${workspaceId}`, fieldName: 'channels' });
}

/** Applies the new state of a channel. Returns whether a channel of the viewer was archived or unarchived. */
export function channelUpdated(
  cache: ApolloCache,
  workspaceId: string,
  channel: EventChannel,
): boolean {
  const before = known(cache, channel.id);
  const isArchivedChanged = before?.archivedAt !== channel.archivedAt;
  if (isArchivedChanged) evictChannelLists(cache, workspaceId);
  cache.modify<EventChannel>({
    id: `Channel:${channel.id}`,
    fields: {
      name: () => channel.name,
      topic: () => channel.topic,
      archivedAt: () => channel.archivedAt,
    },
  });
  return isArchivedChanged && (before?.viewerIsMember ?? false);
}

/**
 * Writes the channel of an event. Events omit the members of a direct channel, and the creator of a channel
 * that the viewer joins; the next query loads them. Keeps the member count of a known channel, because it may
 * already include `joined`.
 */
export function writeChannel(
  cache: ApolloCache,
  workspaceId: string,
  channel: EventChannel,
  joined: readonly string[],
  meId: string,
  creatorId = '',
): void {
  if (known(cache, channel.id)) {
    channelUpdated(cache, workspaceId, channel);
    return;
  }
  evictChannelLists(cache, workspaceId);
  cache.writeFragment({
    id: `Channel:${channel.id}`,
    fragment: CHANNEL,
    fragmentName: 'Channel',
    data: {
      ...channel,
      __typename: 'Channel',
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
  setViewerIsMember(cache, channelId, true);
  setChannelListed(cache, workspaceId, channelId, true);
  // The response to `joinChannel` has already written it.
  if (readReadState(cache, channelId)) return;
  setReadState(cache, channelId, {
    __typename: 'ReadState',
    id: readStateId(channelId),
    lastReadSeq: seq,
    epoch: 0,
    unreadCount: 0,
    mentionCount: 0,
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
  const isPublic = (known(cache, channelId)?.kind ?? 'PUBLIC') === 'PUBLIC';
  setChannelListed(cache, workspaceId, channelId, false);
  if (!isPublic) {
    cache.evict({ id: `Channel:${channelId}` });
    return;
  }
  setViewerIsMember(cache, channelId, false);
  setReadState(cache, channelId, null);
}
