/** The message fragment, and the queries that load pages of messages. */
import { graphql } from '../../gql';
import type { MessageFragment } from '../../gql/graphql';

export type Message = MessageFragment;

/** `rootId` is the ID of the message that starts the thread, not the ID of the thread. Null unless it is a reply. */
export const MESSAGE = graphql(`
  fragment Message on Message {
    id
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
    reactions {
      emoji
      count
      viewerReacted
      members {
        id
      }
    }
    thread {
      id
      replyCount
      lastReplyAt
      participants {
        id
      }
    }
    files {
      ...File
    }
  }
`);

export const MESSAGE_PAGE = graphql(`
  fragment MessagePage on MessageConnection {
    edges {
      cursor
      node {
        ...Message
        author {
          ...Member
        }
      }
    }
    pageInfo {
      hasPreviousPage
      hasNextPage
      startCursor
      endCursor
    }
  }
`);

export const CHANNEL_PAGE = graphql(`
  query ChannelPage(
    $channelId: ID!
    $first: Int
    $after: String
    $last: Int
    $before: String
    $around: ID
    $aroundSeq: Seq
  ) {
    channel(id: $channelId) {
      id
      messages(
        first: $first
        after: $after
        last: $last
        before: $before
        around: $around
        aroundSeq: $aroundSeq
      ) {
        ...MessagePage
      }
    }
  }
`);

export const THREAD_PAGE = graphql(`
  query ThreadPage(
    $rootId: ID!
    $first: Int
    $after: String
    $last: Int
    $before: String
    $around: ID
  ) {
    message(id: $rootId) {
      ...Message
      author {
        ...Member
      }
      thread {
        id
        replies(first: $first, after: $after, last: $last, before: $before, around: $around) {
          ...MessagePage
        }
      }
    }
  }
`);

/** Maximum length of a message in characters, as in `server.limits.messageCharacters`. */
export const messageCharacters = 16_000;
