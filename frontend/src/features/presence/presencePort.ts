/** Presence over the socket of a workspace: watches others, and says how the viewer is there. */
import { print } from 'graphql';
import type { Client } from 'graphql-ws';
import type { PresenceSubscription } from '../../gql/graphql';
import { ActivityWatch } from './activity';
import { type Activity, PRESENCE, SET_ACTIVITY } from './presence';
import { Presences } from './presences';

const watching = print(PRESENCE);
const saying = print(SET_ACTIVITY);

export interface PresenceOfWorkspace {
  presences: Presences;
  /** How the viewer is there now; a new connection begins with it. */
  activity(): Activity;
  /** Told whether the events of the workspace come in. */
  setLive(isLive: boolean): void;
  stop(): void;
}

/** Uses the socket only while events come in: otherwise it would hold one open that should be renewed. */
export function followPresence(socket: Client, workspaceId: string): PresenceOfWorkspace {
  const presences = new Presences({
    watch: (memberIds, next, ended) =>
      socket.subscribe<PresenceSubscription>(
        { query: watching, variables: { workspaceId, memberIds } },
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
    // Lost, it is made good by the next change.
    const ignore = () => {};
    socket.subscribe(
      { query: saying, variables },
      { next: ignore, error: ignore, complete: ignore },
    );
  });
  return {
    presences,
    activity: () => activity.now(),
    setLive(isLive) {
      if (isLive === isOpen) return;
      isOpen = isLive;
      if (isLive) presences.connected();
      else presences.lost();
    },
    stop() {
      activity.stop();
      presences.stop();
    },
  };
}
