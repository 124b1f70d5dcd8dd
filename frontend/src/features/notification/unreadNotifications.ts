/**
 * How many notifications are unread: what the server has counted last, and the messages since that mention a
 * channel of the viewer, which nobody counts for them.
 *
 * A count says at which number of the log it was made, so that no message is counted twice or left out, in
 * whichever order a count and an event come. What an event does not say (whether a message that was changed
 * or deleted was one of them) is asked for, a little later and at random, so that all who are in a channel do
 * not ask in one moment.
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

/** The server counts no further. */
const most = 1000;

/** At least this long, and up to four times as long. */
const settle = 300;

export class UnreadNotifications {
  private count = 0;
  private seq = 0;
  /** Messages after `seq`. */
  private since: readonly number[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly client: ApolloClient,
    private readonly workspaceId: string,
  ) {}

  /** Takes what the server has counted, unless a later count is known. */
  counted(count: number, seq: number): void {
    if (seq >= this.seq) {
      this.count = count;
      this.seq = seq;
      this.since = this.since.filter((mention) => mention > seq);
    }
    this.show();
  }

  /** A message of somebody else mentions a channel of the viewer. */
  mentioned(seq: number): void {
    if (seq <= this.seq || this.since.includes(seq)) return;
    this.since = [...this.since, seq].slice(-most);
    this.show();
  }

  /** Something changed that only the server can count. */
  refresh(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), settle * (1 + 3 * Math.random()));
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  private async ask(): Promise<void> {
    const variables = { workspaceId: this.workspaceId };
    const answer = await this.client
      .query({ query: COUNT, variables, fetchPolicy: 'no-cache' })
      // It stays as it was until the next count.
      .catch(() => undefined);
    const boot = answer?.data?.boot;
    if (boot) this.counted(boot.unreadNotifications, boot.seq);
  }

  private show(): void {
    const count = Math.min(most, this.count + this.since.length);
    setUnreadNotifications(this.client.cache, this.workspaceId, count);
  }
}
