/**
 * Applies an event to the cache and the timelines: one case per event type.
 *
 * Called once per event, in log order. A page may be ahead of the stream; an event never reverts newer data.
 * Counts included in boot (`countedTo`) change only on later events. Counts that a page may have read,
 * such as a channel's member count, are only marked as stale (`onStale…`).
 */
import type { ApolloClient } from '@apollo/client';
import {
  channelUpdated,
  viewerJoinedChannel,
  viewerLeftChannel,
  writeChannel,
} from '../channel/channelCache';
import { emojiCreated, emojiDeleted } from '../emoji/emojiCache';
import { evictChannelFiles, fileOfEvent, fileRemoved, writeFile } from '../file/fileCache';
import { writeMember } from '../member/memberCache';
import {
  messageDeleted,
  messageEdited,
  messageSent,
  readMessage,
  type SentMessage,
} from '../message/messageCache';
import type { Timelines } from '../message/timelines';
import type { UnreadNotifications } from '../notification/unreadNotifications';
import { reactionAdded, reactionRemoved } from '../reaction/reactionCache';
import {
  countArrival,
  countDeletion,
  countEdit,
  readReadState,
  writeReadState,
} from '../read_state/readStateCache';
import { changeWorkspace } from '../workspace/workspaceCache';
import type { EventItem } from './eventsDocument';

export interface EventContext {
  client: ApolloClient;
  workspaceId: string;
  meId: string;
  timelines: Timelines;
  /** A message arrived or was confirmed. The outbox removes it, and the page announces it. */
  onMessage(message: SentMessage): void;
  /** The viewer joined a channel. The event omits some of its fields. */
  onViewerChannel(channelId: string): void;
  /** The notification list changed. */
  onNotification(): void;
  unread: Pick<UnreadNotifications, 'applyCount' | 'addMention' | 'refresh'>;
  /** A member joined or left the channel, so its member count is stale. */
  onStaleMemberCount(channelId: string): void;
  /** A message that is not loaded changed, so the mention count is stale. */
  onStaleReadState(channelId: string): void;
}

export function applyEvent(
  item: EventItem,
  context: EventContext,
  position: { countedTo: number; privateRev: number },
): void {
  const { cache } = context.client;
  const { workspaceId, meId, timelines } = context;
  const isNew = 'seq' in item && item.seq > position.countedTo;
  switch (item.__typename) {
    case 'WorkspaceCreated':
      changeWorkspace(cache, workspaceId, { name: item.workspace.name });
      return;
    case 'WorkspaceUpdated': {
      const { name, iconUrl, channelMentions } = item.workspace;
      changeWorkspace(cache, workspaceId, { name, iconUrl, channelMentions });
      return;
    }
    case 'MemberJoined':
      writeMember(cache, item.member);
      if (isNew) changeWorkspace(cache, workspaceId, { memberCountDelta: 1 });
      return;
    case 'MemberUpdated':
      writeMember(cache, item.member);
      return;
    case 'MemberLeft':
      writeMember(cache, { id: item.memberId, active: false });
      if (isNew) changeWorkspace(cache, workspaceId, { memberCountDelta: -1 });
      return;
    case 'ChannelCreated':
      writeChannel(cache, workspaceId, item.channel, item.memberIds, meId, item.actorId);
      if (item.memberIds.includes(meId)) {
        viewerJoinedChannel(cache, workspaceId, item.channel.id, item.seq);
        context.onViewerChannel(item.channel.id);
      }
      return;
    case 'ChannelUpdated':
      if (channelUpdated(cache, workspaceId, item.channel)) {
        // Notifications of archived channels count as read.
        context.unread.refresh();
        context.onNotification();
      }
      return;
    case 'ChannelJoined':
      if (item.memberId === meId) {
        writeChannel(cache, workspaceId, item.channel, [], meId);
        viewerJoinedChannel(cache, workspaceId, item.channel.id, item.seq);
        timelines.drop(item.channel.id);
        context.unread.refresh();
        context.onViewerChannel(item.channel.id);
      } else {
        writeChannel(cache, workspaceId, item.channel, [item.memberId], meId);
        if (isNew) context.onStaleMemberCount(item.channel.id);
      }
      timelines.addMembershipChange(item.channel.id, 'joined', item);
      return;
    case 'ChannelLeft':
      if (item.memberId === meId) {
        viewerLeftChannel(cache, workspaceId, item.channelId);
        timelines.drop(item.channelId);
        context.unread.refresh();
      } else timelines.addMembershipChange(item.channelId, 'left', item);
      if (isNew) context.onStaleMemberCount(item.channelId);
      return;
    case 'MessageSent': {
      const files = item.files.map((file) => fileOfEvent(file, item));
      const message = { ...item.message, files };
      messageSent(cache, timelines, message);
      if (isNew) countArrival(cache, message, meId);
      if (message.mentionsChannel && message.authorId !== meId) {
        context.unread.addMention(item.seq);
        context.onNotification();
      }
      if (message.files.length > 0) evictChannelFiles(cache, message.channelId);
      context.onMessage(message);
      return;
    }
    case 'MessageEdited': {
      const before = readMessage(cache, item.message.id);
      messageEdited(cache, item.message);
      if (isNew) countEdit(cache, item.message, before, meId);
      if (isNew && !before) reportStaleReadState(item.message, context);
      if (before?.mentionsChannel !== item.message.mentionsChannel)
        reportStaleNotifications(item.message, context);
      return;
    }
    case 'MessageDeleted': {
      const before = readMessage(cache, item.message.id);
      messageDeleted(cache, item.message);
      if (isNew) countDeletion(cache, item.message, before, meId);
      if (isNew && !before) reportStaleReadState(item.message, context);
      if (before?.mentionsChannel !== false) reportStaleNotifications(item.message, context);
      return;
    }
    case 'FileUploaded':
    case 'FileUpdated':
      // The removal follows.
      if (!item.file.isRemoved) writeFile(cache, fileOfEvent(item.file, item));
      return;
    case 'FileRemoved':
      fileRemoved(cache, item.fileId, item.at);
      return;
    case 'EmojiCreated':
      emojiCreated(cache, workspaceId, item.created);
      return;
    case 'EmojiDeleted':
      emojiDeleted(cache, workspaceId, item.emojiId);
      return;
    case 'ReactionAdded':
      reactionAdded(cache, item, meId);
      return;
    case 'ReactionRemoved':
      reactionRemoved(cache, item, meId);
      return;
    case 'ReadStateChanged':
      writeReadState(cache, item.channelId, item.readState);
      applyCount(item, context, position);
      return;
    case 'NotificationAdded':
    case 'NotificationsChanged':
      applyCount(item, context, position);
      context.onNotification();
      return;
    case 'PrivateChanged':
    case 'Head':
    case 'Resync':
      // Position updates, handled by `followEvents`.
      return;
    default:
      // A new event type is a type error here. At run time, a newer server may send one.
      item satisfies never;
  }
}

/** Ignores counts of outdated signals. */
function applyCount(
  item: { unreadNotifications: number; countedSeq: number; privateRev: number },
  { unread }: EventContext,
  position: { privateRev: number },
): void {
  if (item.privateRev >= position.privateRev)
    unread.applyCount(item.unreadNotifications, item.countedSeq);
}

/** Another member's message gained or lost a channel mention, or its previous state is unknown. */
function reportStaleNotifications(
  message: { authorId: string },
  { meId, unread, onNotification }: EventContext,
): void {
  if (message.authorId === meId) return;
  unread.refresh();
  onNotification();
}

/** It is unknown whether an unread message of another member mentioned the viewer. */
function reportStaleReadState(
  message: { channelId: string; authorId: string; seq: number },
  { client, meId, onStaleReadState }: EventContext,
): void {
  const readState = readReadState(client.cache, message.channelId);
  if (!readState || message.authorId === meId || message.seq <= readState.lastReadSeq) return;
  onStaleReadState(message.channelId);
}
