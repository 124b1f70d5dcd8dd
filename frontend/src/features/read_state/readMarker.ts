/**
 * Sends the read position of a channel to the server: one request at a time, at most one per second,
 * always with the latest position. Continues after its list unmounts.
 */
import type { ApolloClient } from '@apollo/client';
import { mutate } from '../../apollo/mutate';
import { graphql } from '../../gql';
import { readReadState, writeReadState } from './readStateCache';

const MARK_READ = graphql(`
  mutation MarkRead($input: MarkReadInput!) {
    markRead(input: $input) {
      readState {
        ...ReadState
      }
    }
  }
`);

const minIntervalMs = 1000;

export class ReadMarker {
  private isPending = false;
  private running = false;

  constructor(
    private readonly client: ApolloClient,
    private readonly channelId: string,
  ) {}

  /** Sends the read position in the cache. */
  send(): void {
    this.isPending = true;
    if (!this.running) this.run();
  }

  private async run(): Promise<void> {
    this.running = true;
    while (this.isPending) {
      this.isPending = false;
      await this.sendOnce();
      await new Promise((resolve) => setTimeout(resolve, minIntervalMs));
    }
    this.running = false;
  }

  private async sendOnce(): Promise<void> {
    const { client, channelId } = this;
    const now = readReadState(client.cache, channelId);
    if (!now) return;
    const input = { channelId, seq: now.lastReadSeq, epoch: now.epoch };
    try {
      // `writeReadState` decides whether the response is newer than the cache.
      const { markRead } = await mutate(client, MARK_READ, input, { fetchPolicy: 'no-cache' });
      writeReadState(client.cache, channelId, markRead.readState);
    } catch {
      // The next read message or the next boot corrects it.
    }
  }
}
