/**
 * State outside React, with subscribers. Every store of the client is made of these.
 *
 * A store notifies its subscribers after each change to another value (`Object.is`), so values are replaced,
 * never mutated.
 */
import { useSyncExternalStore } from 'react';

/** What a view needs of a store. */
export interface ReadableStore<T> {
  get(): T;
  /** Returns a function that unsubscribes. */
  subscribe(listener: () => void): () => void;
}

export class Store<T> implements ReadableStore<T> {
  private readonly listeners = new Set<() => void>();

  constructor(private value: T) {}

  readonly get = (): T => this.value;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  set(value: T): void {
    if (Object.is(value, this.value)) return;
    this.value = value;
    for (const listener of this.listeners) listener();
  }
}

/** State that the browser keeps, such as a media query. The events announce its changes. */
export function browserStore<T>(
  read: () => T,
  ...events: readonly (readonly [EventTarget, string])[]
): ReadableStore<T> {
  return {
    get: read,
    subscribe(listener) {
      for (const [target, event] of events) target.addEventListener(event, listener);
      return () => {
        for (const [target, event] of events) target.removeEventListener(event, listener);
      };
    },
  };
}

export function useStore<T>(store: ReadableStore<T>): T;
/** Renders only when the selected part changes. `select` returns a part of the value, not a new object. */
export function useStore<T, S>(store: ReadableStore<T>, select: (value: T) => S): S;
export function useStore<T, S>(store: ReadableStore<T>, select?: (value: T) => S): T | S {
  return useSyncExternalStore(store.subscribe, () => (select ? select(store.get()) : store.get()));
}
