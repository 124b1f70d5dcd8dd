/** An open workspace: the channel list, the page beside it, and the live stream behind both. */
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
import { useTitle } from './useTitle';
import { useTypeAnywhere } from './useTypeAnywhere';

export function WorkspacePage({ workspaceId }: { workspaceId: string }) {
  const client = useApolloClient();
  const navigate = useNavigate();
  const reloadViewer = useReloadViewer();
  const onSignedOut = useCallback(() => {
    client.cache.writeQuery({ query: VIEWER, data: { __typename: 'Query', viewer: null } });
  }, [client]);
  const { state, parts, failure } = useLive(workspaceId, onSignedOut);
  // The stream keeps boot up to date in the cache; reading it never asks the server.
  const { data, previousData } = useQuery(BOOT, {
    variables: { workspaceId },
    fetchPolicy: 'cache-only',
  });
  const boot = (data ?? previousData)?.boot;

  useEffect(() => {
    if (parts) rememberWorkspace(workspaceId);
  }, [parts, workspaceId]);

  const workspace = useMemo<OpenWorkspace | null>(
    () =>
      boot && parts
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
            ...parts,
          }
        : null,
    [boot, parts, state, workspaceId],
  );
  useTitle(workspace);

  if (failure || state === 'gone') {
    return (
      <EntryPage
        title={failure ? 'There is no such workspace' : 'You are no longer in this workspace'}
        lead={
          failure
            ? 'It does not exist, or you are not in it. The address may be mistyped.'
            : 'It may have been removed, or somebody has taken you out of it.'
        }
      >
        <Button
          look="primary"
          onClick={async () => {
            forgetWorkspace();
            // Without a server the list is asked for again when it is back.
            await reloadViewer().catch(() => {});
            navigate({ to: '/' });
          }}
        >
          Go to your workspaces
        </Button>
      </EntryPage>
    );
  }
  if (!workspace) return <Spinner label="Opening the workspace" />;
  return (
    <WorkspaceContext value={workspace}>
      <Shell />
    </WorkspaceContext>
  );
}

function Shell() {
  const isWide = useIsWide();
  useTypeAnywhere();
  const pathname = useRouterState({ select: (router) => router.location.pathname });
  const atList = /^\/w\/[^/]+\/?$/.test(pathname);
  return (
    <div className="flex h-full flex-col">
      <ReconnectingBanner />
      <div className="flex min-h-0 flex-1">
        {(isWide || atList) && (
          <PaneBoundary name="The channel list">
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
