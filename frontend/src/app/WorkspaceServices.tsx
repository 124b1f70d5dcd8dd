/** Provides the services of an open workspace to the features that own them. */
import type { ReactNode } from 'react';
import { UploadsContext } from '../features/file/useUploads';
import type { Services } from '../features/live/useLive';
import { OutboxContext } from '../features/message/useOutbox';
import { TimelinesContext } from '../features/message/useTimelines';
import { UnreadNotificationsContext } from '../features/notification/useUnreadNotifications';
import { PresencesContext } from '../features/presence/usePresence';
import { FollowSearchContext } from '../features/search/useNewMatches';
import { WorkspaceContext } from '../features/workspace/workspaceContext';

interface Props {
  services: Services;
  children: ReactNode;
}

export function WorkspaceServices({ services, children }: Props) {
  return (
    <WorkspaceContext value={services.workspace}>
      <TimelinesContext value={services.timelines}>
        <OutboxContext value={services.outbox}>
          <UploadsContext value={services.uploads}>
            <UnreadNotificationsContext value={services.unread}>
              <PresencesContext value={services.presences}>
                <FollowSearchContext value={services.followSearch}>{children}</FollowSearchContext>
              </PresencesContext>
            </UnreadNotificationsContext>
          </UploadsContext>
        </OutboxContext>
      </TimelinesContext>
    </WorkspaceContext>
  );
}
