/** New matches of a saved search, over the workspace's WebSocket. */
import { print } from 'graphql';
import type { Client } from 'graphql-ws';
import { graphql } from '../../gql';
import type { SearchMatchesSubscription } from '../../gql/graphql';

const SEARCH_MATCHES = graphql(`
  subscription SearchMatches($savedSearchId: ID!, $after: Seq) {
    searchMatches(savedSearchId: $savedSearchId, after: $after) {
      seq
      message {
        messageId
      }
    }
  }
`);

const searchMatchesQuery = print(SEARCH_MATCHES);

export interface Match {
  seq: number;
  messageId: string;
}

/** Subscribes to matches after a sequence number, until the returned function is called or the socket closes. */
export type FollowSearch = (
  savedSearchId: string,
  after: number,
  onMatch: (match: Match) => void,
) => () => void;

export function followSearches(socket: Client): FollowSearch {
  return (savedSearchId, after, onMatch) =>
    socket.subscribe<SearchMatchesSubscription>(
      { query: searchMatchesQuery, variables: { savedSearchId, after } },
      {
        next: ({ data }) => {
          if (!data) return;
          const { seq, message } = data.searchMatches;
          onMatch({ seq, messageId: message.messageId });
        },
        // Resubscribed when the event stream reconnects; the search itself covers the gap.
        error: () => {},
        complete: () => {},
      },
    );
}
