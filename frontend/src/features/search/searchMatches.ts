/** What is sent and matches a saved search, over the socket of the workspace. */
import { print } from 'graphql';
import type { Client } from 'graphql-ws';
import { graphql } from '../../gql';
import type { SearchMatchesSubscription } from '../../gql/graphql';

const SEARCH_MATCHES = graphql(`
  subscription SearchMatches($workspaceId: ID!, $savedSearchId: ID!, $after: Seq) {
    searchMatches(workspaceId: $workspaceId, savedSearchId: $savedSearchId, after: $after) {
      seq
      message {
        id
      }
    }
  }
`);

const matching = print(SEARCH_MATCHES);

export interface Match {
  seq: number;
  messageId: string;
}

/** Follows a saved search behind a number of the log, until the answer is called or the socket ends. */
export type FollowSearch = (
  savedSearchId: string,
  after: number,
  onMatch: (match: Match) => void,
) => () => void;

export function followSearches(socket: Client, workspaceId: string): FollowSearch {
  return (savedSearchId, after, onMatch) =>
    socket.subscribe<SearchMatchesSubscription>(
      { query: matching, variables: { workspaceId, savedSearchId, after } },
      {
        next: ({ data }) => {
          if (!data) return;
          const { seq, message } = data.searchMatches;
          onMatch({ seq, messageId: message.id });
        },
        // It begins anew with the events; what it would have told, the search itself tells.
        error: () => {},
        complete: () => {},
      },
    );
}
