/**
 * Writes one event into the cache and the timelines: one case per event.
 *
 * Each is called once per event, in the order of the log. What a page has brought before its event
 * arrives is left as it is: a page is never older than the events before it.
 */
import type { ApolloClient } from '@apollo/client';
import { channelJoined, channelLeft, writeChannel } from '../channel/channelCache';
import { writeMember } from '../member/memberCache';
import {
  messageDeleted,
  messageEdited,
  messageSent,
  type SentMessage,
} from '../message/messageCache';
import type { Timelines } from '../message/timelines';
import { reactionAdded, reactionRemoved } from '../reaction/reactionCache';
import { countArrival, writeReading } from '../reading/readingCache';
import { changeWorkspace, setUnreadNotifications } from '../workspace/workspaceCache';
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
  onNotification(): void;
}

export function applyEvent(
  item: EventItem,
  context: EventContext,
  position: { countedTo: number },
): void {
  const { cache } = context.client;
  const { workspaceId, meId, timelines } = context;
  switch (item.__typename) {
    case 'WorkspaceCreated':
      changeWorkspace(cache, workspaceId, { name: item.workspace.name });
      return;
    case 'MemberJoined':
      writeMember(cache, item.member);
      changeWorkspace(cache, workspaceId, { memberCountBy: 1 });
      return;
    case 'MemberUpdated':
      writeMember(cache, item.member);
      return;
    case 'MemberLeft':
      writeMember(cache, { id: item.memberId, active: false });
      changeWorkspace(cache, workspaceId, { memberCountBy: -1 });
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
        context.onMyChannel(item.channel.id);
      } else {
        writeChannel(cache, item.channel, [item.memberId], meId);
      }
      return;
    case 'ChannelLeft':
      channelLeft(cache, workspaceId, item.channelId, item.memberId === meId);
      if (item.memberId === meId) timelines.drop(item.channelId);
      return;
    case 'MessageSent':
      messageSent(cache, timelines, item.message);
      if (item.seq > position.countedTo) countArrival(cache, item.message, meId);
      context.onMessage(item.message);
      return;
    case 'MessageEdited':
      messageEdited(cache, item.message);
      return;
    case 'MessageDeleted':
      messageDeleted(cache, item.message);
      return;
    case 'ReactionAdded':
      reactionAdded(cache, item.messageId, item.emoji, item.actorId, meId);
      return;
    case 'ReactionRemoved':
      reactionRemoved(cache, item.messageId, item.emoji, item.actorId, meId);
      return;
    case 'ReadingChanged':
      writeReading(cache, item.channelId, item.reading);
      return;
    case 'NotificationAdded':
      setUnreadNotifications(cache, workspaceId, item.unreadNotifications);
      context.onNotification();
      return;
    case 'PrivateChanged':
    case 'Head':
    case 'Resync':
      // About the position, not about the workspace: `followEvents` has dealt with them.
      return;
  }
}
