/** Whether the server has left a request without an answer for so long that one should say so. */
import { ApolloLink } from '@apollo/client';
import { Observable } from 'rxjs';

/** Requests that wait longer than this, in milliseconds, are told of. */
export const tooLong = 5000;

const late = new Set<symbol>();
const listeners = new Set<() => void>();

function change(request: symbol, isLate: boolean): void {
  const before = late.size > 0;
  if (isLate) late.add(request);
  else late.delete(request);
  if (late.size > 0 !== before) for (const listener of listeners) listener();
}

export const waiting = {
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  isTooLong: (): boolean => late.size > 0,
};

/** Watches what goes through it. */
export const waitingLink = new ApolloLink(
  (operation, forward) =>
    new Observable((observer) => {
      const request = Symbol();
      const timer = setTimeout(() => change(request, true), tooLong);
      const answered = () => {
        clearTimeout(timer);
        change(request, false);
      };
      const subscription = forward(operation).subscribe({
        next: (value) => {
          answered();
          observer.next(value);
        },
        error: (error) => {
          answered();
          observer.error(error);
        },
        complete: () => observer.complete(),
      });
      return () => {
        answered();
        subscription.unsubscribe();
      };
    }),
);
