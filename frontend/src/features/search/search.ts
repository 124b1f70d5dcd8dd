/** What the search page and the switcher ask the server. */
import { graphql } from '../../gql';
import type { SearchFirstPageQuery } from '../../gql/graphql';

export type SearchEdge = SearchFirstPageQuery['search']['edges'][number];
export type SearchFacets = SearchFirstPageQuery['search']['facets'];

/** Beside a channel, whose name may be missing, the name needs a name of its own. */
export const FOUND_MEMBER = graphql(`
  fragment FoundMember on Member {
    id
    handle
    memberName: name
    role
    active
    joinedAt
    avatarUrl
  }
`);

/** Beside channels and messages, of which some fields have other types, these have names of their own. */
export const FOUND_FILE = graphql(`
  fragment FoundFile on File {
    id
    fileName: name
    type
    fileKind: kind
    size
    status
    isVoice
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
    uploader {
      ...Member
    }
    fileChannelId: channelId
    messageId
    createdAt
    removedAt
  }
`);

export const SEARCH_FOUND = graphql(`
  fragment SearchFound on SearchConnection {
    edges {
      cursor
      node {
        ... on Message {
          ...Message
          author {
            ...Member
          }
          channel {
            ...Channel
          }
        }
        ... on Channel {
          ...Channel
        }
        ... on Member {
          ...FoundMember
        }
        ... on File {
          ...FoundFile
        }
      }
      highlights {
        start
        length
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
`);

export const SEARCH_FIRST_PAGE = graphql(`
  query SearchFirstPage(
    $workspaceId: ID!
    $query: String!
    $filter: SearchFilter
    $sort: SearchSort!
    $first: Int!
  ) {
    search(
      workspaceId: $workspaceId
      query: $query
      filter: $filter
      sort: $sort
      first: $first
    ) {
      ...SearchFound
      total {
        count
        exact
      }
      facets {
        channels {
          channel {
            ...Channel
          }
          count
        }
        authors {
          author {
            ...Member
          }
          count
        }
        months {
          month
          count
        }
      }
      unresolved
      complete
    }
  }
`);

/** What follows: how many there are and how they are spread is known by then. */
export const SEARCH_NEXT_PAGE = graphql(`
  query SearchNextPage(
    $workspaceId: ID!
    $query: String!
    $filter: SearchFilter
    $sort: SearchSort!
    $first: Int!
    $after: String
  ) {
    search(
      workspaceId: $workspaceId
      query: $query
      filter: $filter
      sort: $sort
      kinds: [MESSAGE]
      first: $first
      after: $after
    ) {
      ...SearchFound
    }
  }
`);

export const SWITCHER = graphql(`
  query Switcher($workspaceId: ID!, $text: String!, $first: Int!) {
    switcher(workspaceId: $workspaceId, text: $text, first: $first) {
      ... on Channel {
        ...Channel
      }
      ... on Member {
        ...FoundMember
      }
    }
  }
`);
