/**
 * The one Apollo client. Queries and mutations go over HTTP with the sign-in cookie; live events
 * have their own way (`features/live`).
 */
import { ApolloClient, ApolloLink, HttpLink } from '@apollo/client';
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { ErrorLink } from '@apollo/client/link/error';
import { createCache } from './cache';
import { waitingLink } from './waiting';

/** Called when the server says that nobody is signed in (any more). */
let onSignedOut: () => void = () => {};

export function whenSignedOut(react: () => void): void {
  onSignedOut = react;
}

/** Called when a query could not be answered. */
let onFailed: () => void = () => {};

export function whenFailed(react: () => void): void {
  onFailed = react;
}

const failedLink = new ErrorLink(({ operation }) => {
  if (operation.operationType === 'query') onFailed();
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
      failedLink,
      waitingLink,
      new HttpLink({
        uri: '/graphql',
        credentials: 'same-origin',
        headers: { accept: 'application/graphql-response+json' },
      }),
    ]),
    defaultOptions: { watchQuery: { fetchPolicy: 'cache-first' } },
  });
}
