/**
 * Reads the mention count of a channel again, when an event has changed a message that is not loaded:
 * only the server knows whether it mentioned the viewer.
 *
 * The answer may be ahead of the stream or behind it. It is taken only when it has counted the same
 * unread messages as this device; otherwise it is asked for again a little later.
 */
import type { ApolloClient } from '@apollo/client';
import { graphql } from '../../gql';
import { readReading, writeReading } from './readingCache';

const READING = graphql(`
  query ReadingOfChannel($workspaceId: ID!, $id: ID!) {
    channel(workspaceId: $workspaceId, id: $id) {
      id
      ...ChannelReading
    }
  }
`);

const settle = 300;
const mostAttempts = 4;

export class StaleReadings {
  private timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(
    private readonly client: ApolloClient,
    private readonly workspaceId: string,
  ) {}

  refresh(channelId: string, attempt = 0): void {
    clearTimeout(this.timers.get(channelId));
    const timer = setTimeout(() => this.ask(channelId, attempt), settle * 2 ** attempt);
    this.timers.set(channelId, timer);
  }

  stop(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  private async ask(channelId: string, attempt: number): Promise<void> {
    this.timers.delete(channelId);
    const { client, workspaceId } = this;
    const variables = { workspaceId, id: channelId };
    const read = await client
      .query({ query: READING, variables, fetchPolicy: 'no-cache' })
      .then(({ data }) => data?.channel.reading)
      .catch(() => undefined);
    const shown = readReading(client.cache, channelId);
    // Meanwhile something newer asks, or there is nothing to correct any more.
    if (!shown || this.timers.has(channelId)) return;
    const same =
      read?.lastReadSeq === shown.lastReadSeq &&
      read.epoch === shown.epoch &&
      read.unreadCount === shown.unreadCount;
    if (read && same) writeReading(client.cache, channelId, read);
    else if (attempt + 1 < mostAttempts) this.refresh(channelId, attempt + 1);
  }
}
