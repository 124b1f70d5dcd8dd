// Transport: a request over HTTP, or a subscription over a WebSocket.
import type { ExecutionResult } from 'graphql';
import { createClient } from 'graphql-ws';

export type Headers = Record<string, string>;
export type Operation = {
  query: string;
  operationName?: string | null;
  variables?: Record<string, unknown> | null;
};

const ENDPOINT = '/graphql';

export async function request(operation: Operation, headers: Headers = {}): Promise<ExecutionResult> {
  const response = await fetch(ENDPOINT, {
    method: 'POST',
    headers: {
      Accept: 'application/graphql-response+json, application/json;q=0.9',
      'Content-Type': 'application/json',
      ...headers,
    },
    body: JSON.stringify(operation),
  });
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${response.status} ${response.statusText}: ${text.slice(0, 400)}`);
  }
}

type Observer = {
  next(value: unknown): void;
  error(reason: unknown): void;
  complete(): void;
};

const ITEM_LIMIT = 100;

/** Opens a subscription on a new socket. Received items are shown newest first. */
export function subscribe(operation: Operation, headers: Headers, observer: Observer) {
  const authorization = Object.entries(headers).find(([name]) => /^authorization$/i.test(name))?.[1];
  const client = createClient({
    url: ENDPOINT,
    retryAttempts: 0,
    connectionParams: authorization ? { authorization } : {},
  });
  let received = 0;
  let items: unknown[] = [];
  const stop = client.subscribe(
    { ...operation, operationName: operation.operationName ?? undefined },
    {
      next(item) {
        received += 1;
        items = [item, ...items].slice(0, ITEM_LIMIT);
        observer.next({ received, newestFirst: items });
      },
      error(reason) {
        void client.dispose();
        observer.error(explain(reason));
      },
      complete() {
        void client.dispose();
        observer.complete();
      },
    },
  );
  observer.next({ received, newestFirst: items });
  return { unsubscribe: stop };
}

/** Converts an error: a list for protocol errors, a CloseEvent for a closed socket. */
function explain(reason: unknown): unknown {
  if (reason instanceof CloseEvent) {
    return { message: `Connection closed: ${reason.code} ${reason.reason}`.trim() };
  }
  return reason instanceof Event ? { message: 'Connection failed.' } : reason;
}
