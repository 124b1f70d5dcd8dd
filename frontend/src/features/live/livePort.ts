/** The production `Port` of `followEvents`: WebSocket and Apollo cache. */
import type { Client } from 'graphql-ws';
import { failureOfGraphql } from '../../apollo/failure';
import { pauseFor } from '../../apollo/pause';
import type { EventsSubscription } from '../../gql/graphql';
import type { Activity } from '../presence/presence';
import { BOOT } from '../workspace/boot';
import type { LiveState } from '../workspace/live';
import { applyEvent, type EventContext } from './applyEvent';
import { eventsQuery } from './eventsDocument';
import type { Port, StreamEnd } from './followEvents';
import { interpretClose } from './interpretClose';

export function livePort(
  socket: Client,
  context: EventContext,
  activity: () => Activity,
  onState: (state: LiveState) => void,
): Port {
  const { client, workspaceId, timelines } = context;
  return {
    onState,
    apply: (item, position) =>
      client.cache.batch({ update: () => applyEvent(item, context, position) }),
    pause: pauseFor,
    async loadBoot(broken) {
      const { data } = await client.query({
        query: BOOT,
        variables: { workspaceId },
        fetchPolicy: 'network-only',
      });
      if (!data) throw new Error('boot response without data');
      context.unread.applyCount(data.boot.unreadNotifications, data.boot.seq);
      if (broken) timelines.reset();
      return data.boot;
    },
    subscribe: (after, privateRev, { open, next }, signal) =>
      new Promise<StreamEnd>((settle) => {
        const resolve = (end: StreamEnd) => {
          unsubscribeConnected();
          settle(end);
        };
        const unsubscribeConnected = socket.on('connected', open);
        const variables = { workspaceId, after, privateRev, activity: activity() };
        const unsubscribe = socket.subscribe<EventsSubscription>(
          { query: eventsQuery, variables },
          {
            next: ({ data, errors }) => {
              if (data) next(data.events);
              else if (errors?.[0]) {
                resolve({ kind: 'refused', failure: failureOfGraphql(errors[0]) });
                unsubscribe();
              }
            },
            error: (error) => resolve(endOf(error)),
            complete: () => resolve({ kind: 'lost' }),
          },
        );
        signal.addEventListener('abort', () => unsubscribe(), { once: true });
      }),
  };
}

/** The library reports a closed socket as a close event, and GraphQL errors as an array. */
function endOf(error: unknown): StreamEnd {
  if (Array.isArray(error)) {
    const failure = failureOfGraphql(error[0]);
    return failure.code === 'UNAUTHENTICATED'
      ? { kind: 'signedOut' }
      : { kind: 'refused', failure };
  }
  return interpretClose(error);
}
