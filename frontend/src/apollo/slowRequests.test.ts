/** Slow requests are reported until they complete. */
import { ApolloClient, ApolloLink, execute, gql } from '@apollo/client';
import { Subject } from 'rxjs';
import { beforeEach, expect, it, vi } from 'vitest';
import { createCache } from './cache';
import { slowAfterMs, slowRequestLink, slowRequests } from './slowRequests';

beforeEach(() => {
  vi.useFakeTimers();
});

function send(responses: Subject<ApolloLink.Result>) {
  const link = ApolloLink.from([slowRequestLink, new ApolloLink(() => responses)]);
  const client = new ApolloClient({ cache: createCache(), link });
  return execute(link, { query: gql`{ __typename }` }, { client }).subscribe({ error: () => {} });
}

it('reports a request after five seconds until it succeeds, fails or is cancelled', () => {
  const ends: ((
    responses: Subject<ApolloLink.Result>,
    request: { unsubscribe(): void },
  ) => void)[] = [
    (responses) => responses.next({ data: {} }),
    (responses) => responses.error(new Error('away')),
    (_, request) => request.unsubscribe(),
  ];
  for (const end of ends) {
    const responses = new Subject<ApolloLink.Result>();
    const request = send(responses);
    vi.advanceTimersByTime(slowAfterMs - 1);
    expect(slowRequests.get()).toHaveLength(0);
    vi.advanceTimersByTime(1);
    expect(slowRequests.get()).toHaveLength(1);
    end(responses, request);
    expect(slowRequests.get()).toHaveLength(0);
  }
});
