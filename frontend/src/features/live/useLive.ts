/** Runs the live connection of an open workspace: loads boot, then follows events. */
import { useApolloClient } from '@apollo/client/react';
import { useEffect, useState } from 'react';
import { type Failure, failureOf, isMissing } from '../../apollo/failure';
import { loadViewerChannel } from '../channel/loadViewerChannel';
import { MemberCounts } from '../channel/memberCounts';
import { persistDraftFiles } from '../file/draftFiles';
import { Uploads } from '../file/upload';
import { uploadPort } from '../file/uploadPort';
import { warnOnUnload } from '../file/warnOnUnload';
import { Outbox } from '../message/outbox';
import { sendMessage } from '../message/sendMessage';
import { Timelines } from '../message/timelines';
import { NOTIFICATIONS } from '../notification/notification';
import { UnreadNotifications } from '../notification/unreadNotifications';
import { followPresence } from '../presence/presencePort';
import type { Presences } from '../presence/presences';
import { StaleReadStates } from '../read_state/staleReadStates';
import { type FollowSearch, followSearches } from '../search/searchMatches';
import { BOOT } from '../workspace/boot';
import { followEvents, type LiveState, type Position } from './followEvents';
import { livePort } from './livePort';
import { createLiveSocket } from './liveSocket';
import { pause, wakeAll } from './pause';

export interface Live {
  state: LiveState;
  /** Null until the first boot is loaded. */
  services: {
    timelines: Timelines;
    outbox: Outbox;
    unread: UnreadNotifications;
    uploads: Uploads;
    position: Readonly<Position>;
    presences: Presences;
    followSearch: FollowSearch;
  } | null;
  /** Why the workspace failed to open. */
  failure: Failure | null;
}

export function useLive(workspaceId: string, onSignedOut: () => void): Live {
  const client = useApolloClient();
  const [state, setState] = useState<LiveState>('connecting');
  const [services, setServices] = useState<Live['services']>(null);
  const [failure, setFailure] = useState<Failure | null>(null);

  useEffect(() => {
    const stop = new AbortController();
    const socket = createLiveSocket();
    const timelines = new Timelines();
    const presence = followPresence(socket, workspaceId);
    stop.signal.addEventListener('abort', () => {
      presence.stop();
      socket.dispose();
    });

    async function run() {
      const boot = await loadFirstBoot();
      if (!boot) return;
      const meId = boot.me.id;
      const uploads = new Uploads(uploadPort(client, workspaceId));
      const outbox = new Outbox(meId, {
        isUploaded: uploads.isDone,
        send: (message) => sendMessage(client, timelines, message),
        pause: (attempt, seconds) => pause(attempt, seconds, stop.signal),
      });
      const { seq, privateRev } = boot;
      const position: Position = { seq, privateRev, countedTo: seq };
      const unread = new UnreadNotifications(client, workspaceId);
      unread.applyCount(boot.unreadNotifications, seq);
      const followSearch = followSearches(socket, workspaceId);
      const { presences } = presence;
      setServices({ timelines, outbox, unread, uploads, position, presences, followSearch });
      const stopWarning = warnOnUnload(uploads);
      stop.signal.addEventListener('abort', () => {
        outbox.stop();
        stopPersisting();
        uploads.stop();
        stopWarning();
      });
      uploads.subscribe(() => outbox.filesChanged());
      for (const { files = [] } of outbox.all()) for (const file of files) uploads.restore(file);
      const stopPersisting = persistDraftFiles(uploads, meId);
      outbox.start();
      const memberCounts = new MemberCounts(client, workspaceId);
      const readStates = new StaleReadStates(client, workspaceId);
      stop.signal.addEventListener('abort', () => {
        memberCounts.stop();
        readStates.stop();
        unread.stop();
      });
      const context = {
        client,
        workspaceId,
        meId,
        timelines,
        onMessage: (message: { id: string }) => outbox.remove(message.id),
        onViewerChannel: (id: string) => {
          // On failure, the next boot provides it.
          loadViewerChannel(client, workspaceId, id).catch(() => {});
        },
        unread,
        onNotification: () => {
          client.refetchQueries({ include: [NOTIFICATIONS] });
        },
        onStaleMemberCount: (id: string) => memberCounts.refresh(id),
        onStaleReadState: (id: string) => readStates.refresh(id),
      };
      const port = livePort(socket, context, presence.activity, (next) => {
        if (next === 'live') wakeAll();
        presence.setConnected(next === 'live');
        setState(next);
        if (next === 'signedOut') onSignedOut();
      });
      await followEvents(position, port, stop.signal);
    }

    /** Retries until the server responds. A missing workspace is final. */
    async function loadFirstBoot() {
      for (let attempt = 0; !stop.signal.aborted; attempt++) {
        try {
          const variables = { workspaceId };
          const { data } = await client.query({
            query: BOOT,
            variables,
            fetchPolicy: 'network-only',
          });
          return stop.signal.aborted ? null : (data?.boot ?? null);
        } catch (error) {
          const failure = failureOf(error);
          if (isMissing(failure)) {
            setFailure(failure);
            return null;
          }
          setState('reconnecting');
          await pause(attempt, failure.retryAfter, stop.signal);
        }
      }
      return null;
    }

    run();
    return () => {
      stop.abort();
      setServices(null);
      setFailure(null);
    };
  }, [client, workspaceId, onSignedOut]);

  return { state, services, failure };
}
