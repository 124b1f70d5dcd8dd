/** Tracks whether any request has been pending for too long, so that the UI can say so. */
import { ApolloLink } from '@apollo/client';
import { Observable } from 'rxjs';

/** Requests pending longer than this are slow, in milliseconds. */
export const slowAfterMs = 5000;

const slow = new Set<symbol>();
const listeners = new Set<() => void>();

function setSlow(request: symbol, isSlow: boolean): void {
  const before = slow.size > 0;
  if (isSlow) slow.add(request);
  else slow.delete(request);
  if (slow.size > 0 !== before) for (const listener of listeners) listener();
}

export const slowRequests = {
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  isAny: (): boolean => slow.size > 0,
};

/** Tracks every request that passes through. */
export const slowRequestLink = new ApolloLink(
  (operation, forward) =>
    new Observable((observer) => {
      const request = Symbol();
      const timer = setTimeout(() => setSlow(request, true), slowAfterMs);
      const completed = () => {
        clearTimeout(timer);
        setSlow(request, false);
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
