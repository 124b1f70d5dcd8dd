/**
 * The number of unread notifications: the server's last count plus later messages with a channel mention, for
 * which the server sends no counts.
 *
 * Each count has the sequence number it was taken at, so no message is counted twice or missed, regardless of
 * arrival order. Changes that events do not describe fully, such as the deletion of a message that is not
 * loaded, are refetched after a random delay, so that not all channel members send requests at once.
 */
import type { ApolloClient } from '@apollo/client';
import { graphql } from '../../gql';
import { setUnreadNotifications } from '../workspace/workspaceCache';

const COUNT = graphql(`
  query UnreadNotifications($workspaceId: ID!) {
    boot(workspaceId: $workspaceId) {
      seq
      unreadNotifications
    }
  }
`);

/** The server caps counts here. */
const countCap = 1000;

/** Minimum delay in milliseconds. The maximum is four times as long. */
const minDelayMs = 300;

export class UnreadNotifications {
  private count = 0;
  private seq = 0;
  /** Sequence numbers of channel mentions after `seq`. */
  private laterMentions: readonly number[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly client: ApolloClient,
    private readonly workspaceId: string,
  ) {}

  /** Applies a count of the server, unless a later one is known. */
  applyCount(count: number, seq: number): void {
    if (seq >= this.seq) {
      this.count = count;
      this.seq = seq;
      this.laterMentions = this.laterMentions.filter((mention) => mention > seq);
    }
    this.publish();
  }

  /** Counts a message of another member with a channel mention. */
  addMention(seq: number): void {
    if (seq <= this.seq || this.laterMentions.includes(seq)) return;
    this.laterMentions = [...this.laterMentions, seq].slice(-countCap);
    this.publish();
  }

  /** Schedules a refetch of the count. */
  refresh(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.refetch(), minDelayMs * (1 + 3 * Math.random()));
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private async refetch(): Promise<void> {
    const variables = { workspaceId: this.workspaceId };
    const response = await this.client
      .query({ query: COUNT, variables, fetchPolicy: 'no-cache' })
      // Keeps the old count until the next one.
      .catch(() => undefined);
    const boot = response?.data?.boot;
    if (boot) this.applyCount(boot.unreadNotifications, boot.seq);
  }

  private publish(): void {
    const count = Math.min(countCap, this.count + this.laterMentions.length);
    setUnreadNotifications(this.client.cache, this.workspaceId, count);
  }
}
