/**
 * The Apollo client. Queries and mutations use HTTP with the session cookie; live events use a WebSocket
 * (`features/live`).
 */
import { ApolloClient, ApolloLink, HttpLink } from '@apollo/client';
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { ErrorLink } from '@apollo/client/link/error';
import { createCache } from './cache';
import { slowRequestLink } from './slowRequests';

/** Called when the server reports that the session is missing or has ended. */
let onSignedOut: () => void = () => {};

export function setSignedOutHandler(react: () => void): void {
  onSignedOut = react;
}

/** Called when a query fails. */
let onQueryFailed: () => void = () => {};

export function setQueryFailedHandler(react: () => void): void {
  onQueryFailed = react;
}

const queryFailedLink = new ErrorLink(({ operation }) => {
  if (operation.operationType === 'query') onQueryFailed();
});

const signedOutLink = new ErrorLink(({ error }) => {
  if (
    CombinedGraphQLErrors.is(error) &&
    error.errors.some((e) => e.extensions?.code === 'UNAUTHENTICATED')
  ) {
    onSignedOut();
  }
});

export function createClient(): ApolloClient {
  return new ApolloClient({
    cache: createCache(),
    link: ApolloLink.from([
      signedOutLink,
      queryFailedLink,
      slowRequestLink,
      new HttpLink({
        uri: '/graphql',
        credentials: 'same-origin',
        headers: { accept: 'application/graphql-response+json' },
      }),
    ]),
    defaultOptions: { watchQuery: { fetchPolicy: 'cache-first' } },
  });
}
