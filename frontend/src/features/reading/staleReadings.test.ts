/** The mention count of a channel, asked for again. */
import { ApolloClient, ApolloLink } from '@apollo/client';
import { of } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCache } from '../../apollo/cache';
import { CHANNEL_READING, type Reading, readReading } from './readingCache';
import { StaleReadings } from './staleReadings';

const reading = (over: Partial<Reading> = {}): Reading => ({
  __typename: 'Reading',
  lastReadSeq: 5,
  epoch: 0,
  unreadCount: 2,
  mentionCount: 1,
  ...over,
});

let answers: Reading[];
let asked: number;
let client: ApolloClient;
let readings: StaleReadings;

beforeEach(() => {
  vi.useFakeTimers();
  asked = 0;
  const link = new ApolloLink(() => {
    asked += 1;
    const reading = answers.length > 1 ? answers.shift() : answers[0];
    return of({ data: { channel: { __typename: 'Channel', id: 'chn_1', reading } } });
  });
  client = new ApolloClient({ cache: createCache(), link });
  client.cache.writeFragment({
    id: 'Channel:chn_1',
    fragment: CHANNEL_READING,
    fragmentName: 'ChannelReading',
    data: { __typename: 'Channel', reading: reading() },
  });
  readings = new StaleReadings(client, 'wks_1');
});

afterEach(() => {
  readings.stop();
  vi.useRealTimers();
});

const mentions = () => readReading(client.cache, 'chn_1')?.mentionCount;

describe('StaleReadings', () => {
  it('asks once for several events and takes the answer', async () => {
    answers = [reading({ mentionCount: 0 })];
    for (let i = 0; i < 5; i++) readings.refresh('chn_1');
    await vi.runAllTimersAsync();
    expect(asked).toBe(1);
    expect(mentions()).toBe(0);
  });

  it('takes no answer that has counted other messages, and asks again', async () => {
    answers = [reading({ unreadCount: 3, mentionCount: 0 }), reading({ mentionCount: 0 })];
    readings.refresh('chn_1');
    await vi.advanceTimersByTimeAsync(400);
    expect(mentions()).toBe(1);
    await vi.runAllTimersAsync();
    expect(asked).toBe(2);
    expect(mentions()).toBe(0);
  });

  it('gives up after a few attempts', async () => {
    answers = [reading({ unreadCount: 9 })];
    readings.refresh('chn_1');
    await vi.runAllTimersAsync();
    expect(asked).toBe(4);
    expect(mentions()).toBe(1);
  });
});
