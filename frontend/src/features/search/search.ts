/** What the search page and the switcher ask the server. */
import { graphql } from '../../gql';
import type { SearchFirstPageQuery } from '../../gql/graphql';

export type SearchEdge = SearchFirstPageQuery['search']['edges'][number];
export type FoundFile = Extract<SearchEdge['file'], { __typename: 'File' }>;
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

/**
 * Files apart from the rest: beside channels and messages some of their fields have other types. Both
 * sides have the id, by which the cache knows that they are the same.
 */
export const SEARCH_FOUND = graphql(`
  fragment SearchFound on SearchConnection {
    edges {
      cursor
      node {
        ... on Node {
          id
        }
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
      }
      file: node {
        ... on Node {
          id
        }
        ... on File {
          ...File
          uploader {
            ...Member
          }
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
