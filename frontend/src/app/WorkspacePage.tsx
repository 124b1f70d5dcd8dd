/** An open workspace: the sidebar, the current page, and the live event stream. */
import { useApolloClient, useQuery } from '@apollo/client/react';
import { Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo } from 'react';
import { EntryPage } from '../features/account/EntryPage';
import { useReloadViewer, VIEWER } from '../features/account/viewer';
import { LightboxHost } from '../features/file/LightboxHost';
import { useLive } from '../features/live/useLive';
import { BOOT } from '../features/workspace/boot';
import { forgetWorkspace, rememberWorkspace } from '../features/workspace/lastWorkspace';
import { type OpenWorkspace, WorkspaceContext } from '../features/workspace/workspaceContext';
import { Button } from '../ui/Button';
import { PaneBoundary } from '../ui/PaneBoundary';
import { Spinner } from '../ui/Spinner';
import { useIsWide } from '../ui/useIsWide';
import { ReconnectingBanner } from './ReconnectingBanner';
import { Shortcuts } from './Shortcuts';
import { Sidebar } from './Sidebar';
import { useDocumentTitle } from './useDocumentTitle';
import { useTypeToCompose } from './useTypeToCompose';

export function WorkspacePage({ workspaceId }: { workspaceId: string }) {
  const client = useApolloClient();
  const navigate = useNavigate();
  const reloadViewer = useReloadViewer();
  const onSignedOut = useCallback(() => {
    client.cache.writeQuery({ query: VIEWER, data: { __typename: 'Query', viewer: null } });
  }, [client]);
  const { state, services, failure } = useLive(workspaceId, onSignedOut);
  // The event stream keeps boot up to date in the cache, so it is never fetched here.
  const { data, previousData } = useQuery(BOOT, {
    variables: { workspaceId },
    fetchPolicy: 'cache-only',
  });
  const boot = (data ?? previousData)?.boot;

  useEffect(() => {
    if (services) rememberWorkspace(workspaceId);
  }, [services, workspaceId]);

  const workspace = useMemo<OpenWorkspace | null>(
    () =>
      boot && services
        ? {
            id: workspaceId,
            name: boot.workspace.name,
            memberCount: boot.workspace.memberCount,
            iconUrl: boot.workspace.iconUrl ?? null,
            channelMentions: boot.workspace.channelMentions,
            emoji: boot.workspace.emoji,
            me: boot.me,
            channels: boot.channels,
            unreadNotifications: boot.unreadNotifications,
            live: state,
            ...services,
          }
        : null,
    [boot, services, state, workspaceId],
  );
  useDocumentTitle(workspace);

  if (failure || state === 'gone') {
    return (
      <EntryPage
        title={failure ? 'Workspace not found' : "You're no longer in this workspace"}
        lead={
          failure
            ? "It doesn't exist, or you're not a member. Check the link and try again."
            : 'It was deleted, or you were removed from it.'
        }
      >
        <Button
          variant="primary"
          onClick={async () => {
            forgetWorkspace();
            // A failed load is retried when the server is back.
            await reloadViewer().catch(() => {});
            navigate({ to: '/' });
          }}
        >
          Go to your workspaces
        </Button>
      </EntryPage>
    );
  }
  if (!workspace) return <Spinner label="Loading workspace" />;
  return (
    <WorkspaceContext value={workspace}>
      <Shell />
    </WorkspaceContext>
  );
}

function Shell() {
  const isWide = useIsWide();
  useTypeToCompose();
  const pathname = useRouterState({ select: (router) => router.location.pathname });
  const atList = /^\/w\/[^/]+\/?$/.test(pathname);
  return (
    <div className="flex h-full flex-col">
      <ReconnectingBanner />
      <div className="flex min-h-0 flex-1">
        {(isWide || atList) && (
          <PaneBoundary name="The sidebar">
            <Sidebar />
          </PaneBoundary>
        )}
        {(isWide || !atList) && (
          <main className="flex min-w-0 flex-1">
            <PaneBoundary name="This page" resetKey={pathname}>
              <Outlet />
            </PaneBoundary>
          </main>
        )}
      </div>
      <Shortcuts />
      <LightboxHost />
    </div>
  );
}
