/**
 * Refetches the mention count of a channel after an event changes a message that is not loaded, because
 * only the server knows whether the message mentioned the viewer.
 *
 * The response may be ahead of the event stream or behind it. It is applied only if its unread count
 * matches; otherwise the request is retried with backoff.
 */
import type { ApolloClient } from '@apollo/client';
import { graphql } from '../../gql';
import { readReadState, writeReadState } from './readStateCache';

const READ_STATE = graphql(`
  query RefreshReadState($id: ID!) {
    channel(id: $id) {
      id
      ...ChannelReadState
    }
  }
`);

const baseDelayMs = 300;
const maxAttempts = 4;

export class StaleReadStates {
  private timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(private readonly client: ApolloClient) {}

  refresh(channelId: string, attempt = 0): void {
    clearTimeout(this.timers.get(channelId));
    const timer = setTimeout(() => this.refetch(channelId, attempt), baseDelayMs * 2 ** attempt);
    this.timers.set(channelId, timer);
  }

  stop(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
  }

  private async refetch(channelId: string, attempt: number): Promise<void> {
    this.timers.delete(channelId);
    const { client } = this;
    const variables = { id: channelId };
    const read = await client
      .query({ query: READ_STATE, variables, fetchPolicy: 'no-cache' })
      .then(({ data }) => data?.channel.readState)
      .catch(() => undefined);
    const shown = readReadState(client.cache, channelId);
    // A newer refresh is scheduled, or there is no read state left to correct.
    if (!shown || this.timers.has(channelId)) return;
    const same =
      read?.lastReadSeq === shown.lastReadSeq &&
      read.epoch === shown.epoch &&
      read.unreadCount === shown.unreadCount;
    if (read && same) writeReadState(client.cache, channelId, read);
    else if (attempt + 1 < maxAttempts) this.refresh(channelId, attempt + 1);
  }
}
