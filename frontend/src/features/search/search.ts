/** Operations of the search page and the quick switcher. */
import { graphql } from '../../gql';
import type { SearchFirstPageQuery } from '../../gql/graphql';

export type SearchEdge = SearchFirstPageQuery['search']['edges'][number];
export type FoundFile = Extract<SearchEdge['file'], { __typename: 'File' }>;
export type SearchFacets = SearchFirstPageQuery['search']['facets'];

/** Aliases `name`, because its nullability differs from `Channel.name` in the same union. */
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
 * Selects files under an alias, because some fields have other types than those of channels and messages. Both
 * selections include the id, so that the cache merges them.
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

/** Later pages omit totals and facets. */
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
