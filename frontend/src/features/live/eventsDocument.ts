/** The event subscription. Selects only fields that events include. */
import { addTypenameToDocument } from '@apollo/client/utilities';
import { print } from 'graphql';
import { graphql } from '../../gql';
import type { EventsSubscription } from '../../gql/graphql';

export type EventItem = EventsSubscription['events'];

export type EventOf<T extends EventItem['__typename']> = Extract<EventItem, { __typename: T }>;

export const EVENTS = graphql(`
  subscription Events($workspaceId: ID!, $after: Seq, $privateRev: Seq, $activity: Activity) {
    events(
      workspaceId: $workspaceId
      after: $after
      privateRev: $privateRev
      activity: $activity
    ) {
      __typename
      ... on LogEvent {
        seq
        at
        actorId
      }
      ... on WorkspaceCreated {
        workspace {
          id
          name
          createdAt
        }
      }
      ... on MemberJoined {
        member {
          id
          handle
          name
          role
          active
          avatarUrl
          joinedAt
        }
      }
      ... on MemberUpdated {
        member {
          id
          handle
          name
          role
          active
          avatarUrl
        }
      }
      ... on MemberLeft {
        memberId
      }
      ... on ChannelCreated {
        memberIds
        channel {
          id
          kind
          name
          topic
          createdAt
        }
      }
      ... on ChannelJoined {
        memberId
        channel {
          id
          kind
          name
          topic
          createdAt
        }
      }
      ... on ChannelLeft {
        channelId
        memberId
      }
      ... on MessageSent {
        message {
          id
          seq
          channelId
          authorId
          threadId
          text
          mentionedIds
          mentionsChannel
          createdAt
          editedAt
          deletedAt
          files {
            ...File
          }
        }
      }
      ... on FileUploaded {
        file {
          ...File
        }
      }
      ... on FileUpdated {
        file {
          ...File
        }
      }
      ... on FileRemoved {
        fileId
      }
      ... on EmojiCreated {
        # Aliased, because the emoji of a reaction is a string.
        created: emoji {
          ...Emoji
        }
      }
      ... on EmojiDeleted {
        emojiId
      }
      ... on WorkspaceUpdated {
        workspace {
          id
          name
          iconUrl
          channelMentions
        }
      }
      ... on MessageEdited {
        message {
          id
          seq
          channelId
          authorId
          threadId
          text
          mentionedIds
          mentionsChannel
          editedAt
        }
      }
      ... on MessageDeleted {
        message {
          id
          seq
          channelId
          authorId
          threadId
          text
          deletedAt
        }
      }
      ... on ReactionAdded {
        messageId
        channelId
        emoji
      }
      ... on ReactionRemoved {
        messageId
        channelId
        emoji
      }
      ... on ReadStateChanged {
        channelId
        privateRev
        unreadNotifications
        countedSeq
        readState {
          lastReadSeq
          epoch
          unreadCount
          mentionCount
        }
      }
      ... on NotificationAdded {
        privateRev
        unreadNotifications
        countedSeq
        channelId
        messageId
        reason
      }
      ... on NotificationsChanged {
        privateRev
        unreadNotifications
        countedSeq
      }
      ... on PrivateChanged {
        privateRev
      }
      ... on Head {
        seq
      }
      ... on Resync {
        after
        takeBoot
      }
    }
  }
`);

/** The query text for the WebSocket, which bypasses Apollo, with `__typename` added for the cache. */
export const eventsQuery = print(addTypenameToDocument(EVENTS));
