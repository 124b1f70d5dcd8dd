/**
 * One WebSocket for live events, signed in by the cookie.
 *
 * The client library would subscribe again by itself after a lost connection, with the variables of
 * the first time. That would ask for events from an old position, so its retries are off: an attempt
 * ends with the connection, and `followEvents` makes the next one from the current position.
 */
import { type Client, createClient } from 'graphql-ws';

/** A ping goes out this often; an answer must come within `pongWithin`. */
const pingEvery = 12_000;
const pongWithin = 5_000;

export function createLiveSocket(): Client {
  let missing: ReturnType<typeof setTimeout> | undefined;
  const socket = createClient({
    url: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`,
    lazy: true,
    retryAttempts: 0,
    keepAlive: pingEvery,
    on: {
      ping: (received) => {
        if (!received) missing = setTimeout(() => socket.terminate(), pongWithin);
      },
      pong: (received) => {
        if (received) clearTimeout(missing);
      },
      closed: () => clearTimeout(missing),
    },
    onNonLazyError: () => {},
  });
  return socket;
}
