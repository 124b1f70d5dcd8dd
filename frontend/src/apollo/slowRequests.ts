/** Tracks whether any request has been pending for too long, so that the UI can say so. */
import { ApolloLink } from '@apollo/client';
import { Observable } from 'rxjs';
import { type ReadableStore, Store } from '../ui/store';

/** Requests pending longer than this are slow, in milliseconds. */
export const slowAfterMs = 5000;

const slow = new Store<readonly symbol[]>([]);

/** The requests that are slow now. */
export const slowRequests: ReadableStore<readonly symbol[]> = slow;

/** Tracks every request that passes through. */
export const slowRequestLink = new ApolloLink(
  (operation, forward) =>
    new Observable((observer) => {
      const request = Symbol();
      const timer = setTimeout(() => slow.set([...slow.get(), request]), slowAfterMs);
      const completed = () => {
        clearTimeout(timer);
        slow.set(slow.get().filter((other) => other !== request));
      };
      const subscription = forward(operation).subscribe({
        next: (value) => {
          completed();
          observer.next(value);
        },
        error: (error) => {
          completed();
          observer.error(error);
        },
        complete: () => observer.complete(),
      });
      return () => {
        completed();
        subscription.unsubscribe();
      };
    }),
);
