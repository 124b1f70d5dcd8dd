/**
 * Retries failed queries of mounted components, with backoff, and immediately when the connection is
 * restored.
 */
import type { ApolloClient, ObservableQuery } from '@apollo/client';
import { failureOf, isTransient } from '../../apollo/failure';
import { pause } from '../../apollo/pause';

export class FailedQueries {
  private running = false;

  constructor(private readonly client: ApolloClient) {}

  /** Reports a failed query. */
  report(): void {
    if (!this.running) this.run();
  }

  private async run(): Promise<void> {
    this.running = true;
    for (let attempt = 0; ; attempt++) {
      await pause(attempt);
      const failed: ObservableQuery[] = [];
      this.client.refetchQueries({
        include: 'active',
        onQueryUpdated: (query) => {
          if (hasTransientError(query)) failed.push(query);
          return false;
        },
      });
      if (failed.length === 0) break;
      await Promise.allSettled(failed.map((query) => query.refetch()));
    }
    this.running = false;
  }
}

/** Whether the query failed with a transient error. */
function hasTransientError(query: ObservableQuery): boolean {
  const { error } = query.getCurrentResult();
  if (error === undefined) return false;
  const failure = failureOf(error);
  // Nothing can be loaded until the user signs in.
  return isTransient(failure) && failure.code !== 'UNAUTHENTICATED';
}
