/** Presence over the workspace's WebSocket: watches members and reports the viewer's activity. */
import { print } from 'graphql';
import type { Client } from 'graphql-ws';
import type { PresenceSubscription } from '../../gql/graphql';
import { ActivityWatch } from './activity';
import { type Activity, PRESENCE, SET_ACTIVITY } from './presence';
import { Presences } from './presences';

const presenceQuery = print(PRESENCE);
const setActivityQuery = print(SET_ACTIVITY);

export interface WorkspacePresence {
  presences: Presences;
  /** The viewer's current activity, sent when a connection opens. */
  activity(): Activity;
  /** Reports whether the event stream is connected. */
  setConnected(isConnected: boolean): void;
  stop(): void;
}

/** Uses the socket only while the event stream is connected, so that it does not keep a stale socket open. */
export function followPresence(socket: Client, workspaceId: string): WorkspacePresence {
  const presences = new Presences({
    watch: (memberIds, next, ended) =>
      socket.subscribe<PresenceSubscription>(
        { query: presenceQuery, variables: { workspaceId, memberIds } },
        {
          next: ({ data }) => data && next(data.presence),
          error: ended,
          complete: ended,
        },
      ),
  });
  let isOpen = false;
  const activity = new ActivityWatch((activity) => {
    if (!isOpen) return;
    const variables = { input: { workspaceId, activity } };
    // The next change corrects a lost update.
    const ignore = () => {};
    socket.subscribe(
      { query: setActivityQuery, variables },
      { next: ignore, error: ignore, complete: ignore },
    );
  });
  return {
    presences,
    activity: () => activity.now(),
    setConnected(isConnected) {
      if (isConnected === isOpen) return;
      isOpen = isConnected;
      if (isConnected) presences.connected();
      else presences.disconnected();
    },
    stop() {
      activity.stop();
      presences.stop();
    },
  };
}
