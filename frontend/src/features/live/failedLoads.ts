/**
 * Loads again what could not be loaded and is on the screen: after a while, and at once when the line
 * is back. One place for every query that a page watches.
 */
import type { ApolloClient, ObservableQuery } from '@apollo/client';
import { failureOf, isPassing } from '../../apollo/failure';
import { pause } from './pause';

export class FailedLoads {
  private running = false;

  constructor(private readonly client: ApolloClient) {}

  /** A query has failed. */
  note(): void {
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
          if (mayPass(query)) failed.push(query);
          return false;
        },
      });
      if (failed.length === 0) break;
      await Promise.allSettled(failed.map((query) => query.refetch()));
    }
    this.running = false;
  }
}

/** Failed for a reason that says nothing about the query itself. */
function mayPass(query: ObservableQuery): boolean {
  const { error } = query.getCurrentResult();
  if (error === undefined) return false;
  const failure = failureOf(error);
  // Signed out, nothing is loaded until somebody signs in.
  return isPassing(failure) && failure.code !== 'UNAUTHENTICATED';
}
