/**
 * The event subscription. Objects in its items are snapshots, which have types of their own: the functions that apply
 * an item to the cache write them as the objects with the same ID.
 */
import { addTypenameToDocument } from '@apollo/client/utilities';
import { print } from 'graphql';
import { graphql } from '../../gql';
import type { EventsSubscription } from '../../gql/graphql';

export type EventItem = EventsSubscription['events'];

export type EventOf<T extends EventItem['__typename']> = Extract<EventItem, { __typename: T }>;

graphql(`
  fragment WorkspaceSnapshot on WorkspaceSnapshot {
    id: workspaceId
    name
    iconUrl
    channelMentions
  }
`);

graphql(`
  fragment ChannelSnapshot on ChannelSnapshot {
    id: channelId
    kind
    name
    topic
    createdAt
    archivedAt
  }
`);

graphql(`
  fragment MessageSnapshot on MessageSnapshot {
    id: messageId
    seq
    channelId
    authorId
    rootId: threadId
    text
    mentionedIds
    mentionsChannel
    createdAt
    editedAt
    deletedAt
  }
`);

graphql(`
  fragment FileSnapshot on FileSnapshot {
    id: fileId
    isRemoved
    name
    type
    kind
    size
    status
    isVoice
    isAnimated
    alt
    width
    height
    durationMs
    thumbhash
    waveform
    url
    downloadUrl
    previews {
      size
      url
      width
      height
    }
    uploaderId
    channelId
    messageId
    createdAt
  }
`);

const EVENTS = graphql(`
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
          ...WorkspaceSnapshot
        }
      }
      ... on WorkspaceUpdated {
        workspace {
          ...WorkspaceSnapshot
        }
      }
      ... on MemberJoined {
        member {
          ...Member
        }
      }
      ... on MemberUpdated {
        member {
          ...Member
        }
      }
      ... on MemberLeft {
        memberId
      }
      ... on ChannelCreated {
        memberIds
        channel {
          ...ChannelSnapshot
        }
      }
      ... on ChannelUpdated {
        channel {
          ...ChannelSnapshot
        }
      }
      ... on ChannelJoined {
        memberId
        channel {
          ...ChannelSnapshot
        }
      }
      ... on ChannelLeft {
        channelId
        memberId
      }
      ... on MessageSent {
        message {
          ...MessageSnapshot
        }
        files {
          ...FileSnapshot
        }
      }
      ... on MessageEdited {
        message {
          ...MessageSnapshot
        }
      }
      ... on MessageDeleted {
        message {
          ...MessageSnapshot
        }
      }
      ... on FileUploaded {
        file {
          ...FileSnapshot
        }
      }
      ... on FileUpdated {
        file {
          ...FileSnapshot
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
          ...ReadState
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
