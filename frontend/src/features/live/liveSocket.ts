/**
 * The WebSocket for live events, authenticated by the session cookie.
 *
 * Library retries are disabled, because they would resubscribe with the original variables and so from an
 * old position. `followEvents` reconnects from the current position instead.
 */
import { type Client, createClient } from 'graphql-ws';

/** Ping interval and pong timeout in milliseconds. */
const pingIntervalMs = 12_000;
const pongTimeoutMs = 5_000;

export function createLiveSocket(): Client {
  let pongTimer: ReturnType<typeof setTimeout> | undefined;
  const socket = createClient({
    url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
    lazy: true,
    retryAttempts: 0,
    keepAlive: pingIntervalMs,
    on: {
      ping: (received) => {
        if (!received) pongTimer = setTimeout(() => socket.terminate(), pongTimeoutMs);
      },
      pong: (received) => {
        if (received) clearTimeout(pongTimer);
      },
      closed: () => clearTimeout(pongTimer),
    },
    onNonLazyError: () => {},
  });
  return socket;
}
