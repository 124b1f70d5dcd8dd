/** An open workspace: its data, its services and the live event stream, around the shell. */
import { useApolloClient } from '@apollo/client/react';
import { useNavigate } from '@tanstack/react-router';
import { useCallback, useEffect } from 'react';
import { useReloadViewer, VIEWER } from '../../features/account/viewer';
import { useLive } from '../../features/live/useLive';
import { forgetWorkspace, rememberWorkspace } from '../../features/workspace/lastWorkspace';
import { useLiveState } from '../../features/workspace/workspaceContext';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { Spinner } from '../../ui/Spinner';
import { EntryFrame } from '../EntryFrame';
import { Shell } from '../Shell';
import { WorkspaceServices } from '../WorkspaceServices';

export function WorkspacePage({ workspaceId }: { workspaceId: string }) {
  const client = useApolloClient();
  const onSignedOut = useCallback(() => {
    client.cache.writeQuery({ query: VIEWER, data: { __typename: 'Query', viewer: null } });
  }, [client]);
  const { services, failure } = useLive(workspaceId, onSignedOut);
  useEffect(() => {
    if (services) rememberWorkspace(workspaceId);
  }, [services, workspaceId]);

  if (failure) {
    return (
      <WorkspaceUnavailable
        title={m.page_workspace_not_found_title()}
        lead={m.page_workspace_not_found_lead()}
      />
    );
  }
  if (!services) return <Spinner label={m.page_workspace_loading()} />;
  return (
    <WorkspaceServices services={services}>
      <LoadedWorkspace />
    </WorkspaceServices>
  );
}

function LoadedWorkspace() {
  const live = useLiveState();
  if (live !== 'gone') return <Shell />;
  return (
    <WorkspaceUnavailable
      title={m.page_workspace_left_title()}
      lead={m.page_workspace_left_lead()}
    />
  );
}

function WorkspaceUnavailable({ title, lead }: { title: string; lead: string }) {
  const navigate = useNavigate();
  const reloadViewer = useReloadViewer();
  return (
    <EntryFrame title={title} lead={lead}>
      <Button
        variant="primary"
        onClick={async () => {
          forgetWorkspace();
          // A failed load is retried when the server is back.
          await reloadViewer().catch(() => {});
          navigate({ to: '/' });
        }}
      >
        {m.page_workspace_home()}
      </Button>
    </EntryFrame>
  );
}
