/** A server that leaves a request without an answer is told of, and only until it answers. */
import { ApolloClient, ApolloLink, execute, gql } from '@apollo/client';
import { Subject } from 'rxjs';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createCache } from './cache';
import { tooLong, waiting, waitingLink } from './waiting';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function ask(answers: Subject<ApolloLink.Result>) {
  const link = ApolloLink.from([waitingLink, new ApolloLink(() => answers)]);
  const client = new ApolloClient({ cache: createCache(), link });
  return execute(link, { query: gql`{ __typename }` }, { client }).subscribe({ error: () => {} });
}

it('tells after five seconds, until the answer, the failure or the end', () => {
  const ends: ((answers: Subject<ApolloLink.Result>, asked: { unsubscribe(): void }) => void)[] = [
    (answers) => answers.next({ data: {} }),
    (answers) => answers.error(new Error('away')),
    (_, asked) => asked.unsubscribe(),
  ];
  for (const end of ends) {
    const answers = new Subject<ApolloLink.Result>();
    const asked = ask(answers);
    vi.advanceTimersByTime(tooLong - 1);
    expect(waiting.isTooLong()).toBe(false);
    vi.advanceTimersByTime(1);
    expect(waiting.isTooLong()).toBe(true);
    end(answers, asked);
    expect(waiting.isTooLong()).toBe(false);
  }
});
