/** Runs the live connection of an open workspace: loads boot, then follows events. */
import { useApolloClient } from '@apollo/client/react';
import { useEffect, useState } from 'react';
import { type Failure, failureOf, isMissing } from '../../apollo/failure';
import { pause, wakeAll } from '../../apollo/pause';
import { Store } from '../../ui/store';
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
import { BOOT, watchBoot } from '../workspace/boot';
import type { LiveState, Position } from '../workspace/live';
import type { OpenWorkspace } from '../workspace/workspaceContext';
import { followEvents } from './followEvents';
import { livePort } from './livePort';
import { createLiveSocket } from './liveSocket';

/** Created when the workspace opens, and replaced only when another one opens. */
export interface Services {
  workspace: OpenWorkspace;
  timelines: Timelines;
  outbox: Outbox;
  unread: UnreadNotifications;
  uploads: Uploads;
  presences: Presences;
  followSearch: FollowSearch;
}

export interface Live {
  /** Null until the first boot is loaded. */
  services: Services | null;
  /** Why the workspace failed to open. */
  failure: Failure | null;
}

export function useLive(workspaceId: string, onSignedOut: () => void): Live {
  const client = useApolloClient();
  const [services, setServices] = useState<Services | null>(null);
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
      const uploads = new Uploads(uploadPort(client, workspaceId), workspaceId);
      const outbox = new Outbox(meId, {
        isUploaded: uploads.isDone,
        send: (message) => sendMessage(client, timelines, message),
        pause: (attempt, seconds) => pause(attempt, seconds, stop.signal),
      });
      const { seq, privateRev } = boot;
      const position: Position = { seq, privateRev, countedTo: seq };
      const live = new Store<LiveState>('connecting');
      const workspace: OpenWorkspace = {
        id: workspaceId,
        boot: watchBoot(client.cache, workspaceId, boot, stop.signal),
        live,
        position,
      };
      const unread = new UnreadNotifications(client, workspaceId);
      unread.applyCount(boot.unreadNotifications, seq);
      const followSearch = followSearches(socket);
      const { presences } = presence;
      setServices({ workspace, timelines, outbox, unread, uploads, presences, followSearch });
      const stopWarning = warnOnUnload(uploads);
      stop.signal.addEventListener('abort', () => {
        outbox.stop();
        stopPersisting();
        uploads.stop();
        stopWarning();
      });
      uploads.entries.subscribe(() => outbox.filesChanged());
      for (const { files = [] } of outbox.entries.get())
        for (const file of files) uploads.restore(file);
      const stopPersisting = persistDraftFiles(uploads, meId);
      outbox.start();
      const memberCounts = new MemberCounts(client);
      const readStates = new StaleReadStates(client);
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
          loadViewerChannel(client, id).catch(() => {});
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
        live.set(next);
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

  return { services, failure };
}
