/**
 * Writes one event into the cache and the timelines: one case per event.
 *
 * Each is called once per event, in the order of the log. A page may be ahead of the stream and its
 * event come afterwards: what a page has brought is left as it is then, and counts that boot has read
 * (`countedTo`) are carried on only by later events. Of a count that a page may have read, such as a
 * channel's members, an event only says that it is to be asked for again (`onStale…`).
 */
import type { ApolloClient } from '@apollo/client';
import { channelJoined, iLeftChannel, writeChannel } from '../channel/channelCache';
import { emojiCreated, emojiDeleted } from '../emoji/emojiCache';
import { fileRemoved, forgetChannelFiles, writeFile } from '../file/fileCache';
import { writeMember } from '../member/memberCache';
import {
  messageDeleted,
  messageEdited,
  messageSent,
  readMessage,
  type SentMessage,
} from '../message/messageCache';
import type { Move, Timelines } from '../message/timelines';
import type { UnreadNotifications } from '../notification/unreadNotifications';
import { reactionAdded, reactionRemoved } from '../reaction/reactionCache';
import {
  countArrival,
  countDeletion,
  countEdit,
  readReading,
  writeReading,
} from '../reading/readingCache';
import { changeWorkspace } from '../workspace/workspaceCache';
import type { EventItem } from './eventsDocument';

export interface EventContext {
  client: ApolloClient;
  workspaceId: string;
  meId: string;
  timelines: Timelines;
  /** A message has arrived or been confirmed: the outbox forgets it, the page announces it. */
  onMessage(message: SentMessage): void;
  /** The viewer came into a channel of which the event does not tell everything. */
  onMyChannel(channelId: string): void;
  /** The list of notifications is another one. */
  onNotification(): void;
  unread: Pick<UnreadNotifications, 'counted' | 'mentioned' | 'refresh'>;
  /** Somebody came into the channel or left it: its count of members is to be read again. */
  onStaleMemberCount(channelId: string): void;
  /** A message that is not loaded was changed: whether it was a mention only the server knows. */
  onStaleReading(channelId: string): void;
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
      if (isNew) changeWorkspace(cache, workspaceId, { memberCountBy: 1 });
      return;
    case 'MemberUpdated':
      writeMember(cache, item.member);
      return;
    case 'MemberLeft':
      writeMember(cache, { id: item.memberId, active: false });
      if (isNew) changeWorkspace(cache, workspaceId, { memberCountBy: -1 });
      return;
    case 'ChannelCreated':
      writeChannel(cache, item.channel, item.memberIds, meId);
      if (item.memberIds.includes(meId)) {
        channelJoined(cache, workspaceId, item.channel.id, item.seq);
        context.onMyChannel(item.channel.id);
      }
      return;
    case 'ChannelJoined':
      if (item.memberId === meId) {
        writeChannel(cache, item.channel, [], meId);
        channelJoined(cache, workspaceId, item.channel.id, item.seq);
        timelines.drop(item.channel.id);
        context.unread.refresh();
        context.onMyChannel(item.channel.id);
      } else {
        writeChannel(cache, item.channel, [item.memberId], meId);
        if (isNew) context.onStaleMemberCount(item.channel.id);
      }
      timelines.addMove(item.channel.id, moveOf('came', item));
      return;
    case 'ChannelLeft':
      if (item.memberId === meId) {
        iLeftChannel(cache, workspaceId, item.channelId);
        timelines.drop(item.channelId);
        context.unread.refresh();
      } else timelines.addMove(item.channelId, moveOf('went', item));
      if (isNew) context.onStaleMemberCount(item.channelId);
      return;
    case 'MessageSent':
      messageSent(cache, timelines, item.message);
      if (isNew) countArrival(cache, item.message, meId);
      if (item.message.mentionsChannel && item.message.authorId !== meId) {
        context.unread.mentioned(item.seq);
        context.onNotification();
      }
      if (item.message.files.length > 0) forgetChannelFiles(cache, item.message.channelId);
      context.onMessage(item.message);
      return;
    case 'MessageEdited': {
      const before = readMessage(cache, item.message.id);
      messageEdited(cache, item.message);
      if (isNew) countEdit(cache, item.message, before, meId);
      if (isNew && !before) tellStaleReading(item.message, context);
      if (before?.mentionsChannel !== item.message.mentionsChannel)
        tellStaleNotifications(item.message, context);
      return;
    }
    case 'MessageDeleted': {
      const before = readMessage(cache, item.message.id);
      messageDeleted(cache, item.message);
      if (isNew) countDeletion(cache, item.message, before, meId);
      if (isNew && !before) tellStaleReading(item.message, context);
      if (before?.mentionsChannel !== false) tellStaleNotifications(item.message, context);
      return;
    }
    case 'FileUploaded':
    case 'FileUpdated':
      writeFile(cache, item.file);
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
      reactionAdded(cache, item.messageId, item.emoji, item.actorId, meId);
      return;
    case 'ReactionRemoved':
      reactionRemoved(cache, item.messageId, item.emoji, item.actorId, meId);
      return;
    case 'ReadingChanged':
      writeReading(cache, item.channelId, item.reading);
      takeCount(item, context, position);
      return;
    case 'NotificationAdded':
    case 'NotificationsChanged':
      takeCount(item, context, position);
      context.onNotification();
      return;
    case 'PrivateChanged':
    case 'Head':
    case 'Resync':
      // About the position, not about the workspace: `followEvents` has dealt with them.
      return;
  }
}

function moveOf(
  kind: Move['kind'],
  { seq, at, memberId, actorId }: { seq: number; at: string; memberId: string; actorId: string },
): Move {
  return { seq, at, kind, memberId, actorId };
}

/** The count of a signal that a later one has overtaken is older than what is shown. */
function takeCount(
  item: { unreadNotifications: number; countedSeq: number; privateRev: number },
  { unread }: EventContext,
  position: { privateRev: number },
): void {
  if (item.privateRev >= position.privateRev)
    unread.counted(item.unreadNotifications, item.countedSeq);
}

/** A message of somebody else mentions the whole channel no longer, or only now, or nobody here knows. */
function tellStaleNotifications(
  message: { authorId: string },
  { meId, unread, onNotification }: EventContext,
): void {
  if (message.authorId === meId) return;
  unread.refresh();
  onNotification();
}

/** An unread message of somebody else, of which is not known whether it mentioned the viewer. */
function tellStaleReading(
  message: { channelId: string; authorId: string; seq: number },
  { client, meId, onStaleReading }: EventContext,
): void {
  const reading = readReading(client.cache, message.channelId);
  if (!reading || message.authorId === meId || message.seq <= reading.lastReadSeq) return;
  onStaleReading(message.channelId);
}
