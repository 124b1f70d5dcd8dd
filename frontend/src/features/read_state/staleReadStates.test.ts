/** Refetches the mention count of a channel. */
import { ApolloClient, ApolloLink } from '@apollo/client';
import { of } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCache } from '../../apollo/cache';
import { type ReadState, readReadState, setReadState } from './readStateCache';
import { StaleReadStates } from './staleReadStates';

const readState = (over: Partial<ReadState> = {}): ReadState => ({
  __typename: 'ReadState',
  id: 'rst_1',
  lastReadSeq: 5,
  epoch: 0,
  unreadCount: 2,
  mentionCount: 1,
  ...over,
});

let responses: ReadState[];
let requestCount: number;
let client: ApolloClient;
let readStates: StaleReadStates;

beforeEach(() => {
  vi.useFakeTimers();
  requestCount = 0;
  const link = new ApolloLink(() => {
    requestCount += 1;
    const readState = responses.length > 1 ? responses.shift() : responses[0];
    return of({ data: { channel: { __typename: 'Channel', id: 'chn_1', readState } } });
  });
  client = new ApolloClient({ cache: createCache(), link });
  setReadState(client.cache, 'chn_1', readState());
  readStates = new StaleReadStates(client);
});

afterEach(() => {
  readStates.stop();
});

const mentions = () => readReadState(client.cache, 'chn_1')?.mentionCount;

describe('StaleReadStates', () => {
  it('sends one request for several events and applies the response', async () => {
    responses = [readState({ mentionCount: 0 })];
    for (let i = 0; i < 5; i++) readStates.refresh('chn_1');
    await vi.runAllTimersAsync();
    expect(requestCount).toBe(1);
    expect(mentions()).toBe(0);
  });

  it('ignores a response with a different unread count and retries', async () => {
    responses = [readState({ unreadCount: 3, mentionCount: 0 }), readState({ mentionCount: 0 })];
    readStates.refresh('chn_1');
    await vi.advanceTimersByTimeAsync(400);
    expect(mentions()).toBe(1);
    await vi.runAllTimersAsync();
    expect(requestCount).toBe(2);
    expect(mentions()).toBe(0);
  });

  it('gives up after four attempts', async () => {
    responses = [readState({ unreadCount: 9 })];
    readStates.refresh('chn_1');
    await vi.runAllTimersAsync();
    expect(requestCount).toBe(4);
    expect(mentions()).toBe(1);
  });
});
