/**
 * Tells the server how far a channel is read. One request at a time, at most one a second, always with
 * the newest position; goes on after its list has left the page.
 */
import type { ApolloClient } from '@apollo/client';
import { graphql } from '../../gql';
import { readReading, writeReading } from './readingCache';

const MARK_READ = graphql(`
  mutation MarkRead($input: MarkReadInput!) {
    markRead(input: $input) {
      reading {
        ...Reading
      }
    }
  }
`);

const between = 1000;

export class ReadMarker {
  private wanted = false;
  private running = false;

  constructor(
    private readonly client: ApolloClient,
    private readonly workspaceId: string,
    private readonly channelId: string,
  ) {}

  /** Sends what the cache says is read. */
  send(): void {
    this.wanted = true;
    if (!this.running) this.run();
  }

  private async run(): Promise<void> {
    this.running = true;
    while (this.wanted) {
      this.wanted = false;
      await this.sendOnce();
      await new Promise((resolve) => setTimeout(resolve, between));
    }
    this.running = false;
  }

  private async sendOnce(): Promise<void> {
    const { client, workspaceId, channelId } = this;
    const now = readReading(client.cache, channelId);
    if (!now) return;
    const input = { workspaceId, channelId, seq: now.lastReadSeq, epoch: now.epoch };
    try {
      const { data } = await client.mutate({ mutation: MARK_READ, variables: { input } });
      const answer = data?.markRead.reading;
      if (answer) writeReading(client.cache, channelId, answer);
    } catch {
      // The next thing read, or the next boot, says it again.
    }
  }
}
