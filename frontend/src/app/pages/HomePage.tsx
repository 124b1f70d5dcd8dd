/** `/`: redirects to the last workspace, lists several to choose from, or offers to create the first one. */
import { Link, Navigate, useNavigate } from '@tanstack/react-router';
import { useViewer } from '../../features/account/viewer';
import { lastWorkspace } from '../../features/workspace/lastWorkspace';
import { WorkspaceIcon } from '../../features/workspace/WorkspaceIcon';
import { m } from '../../paraglide/messages';
import { EntryFrame } from '../EntryFrame';
import { CreateWorkspacePage } from './CreateWorkspacePage';

export function HomePage() {
  const { viewer } = useViewer();
  const navigate = useNavigate();
  if (!viewer) return null;
  const { workspaces } = viewer;
  const last = lastWorkspace();
  const target =
    workspaces.find(({ id }) => id === last) ??
    (workspaces.length === 1 ? workspaces[0] : undefined);
  if (target) {
    return <Navigate to="/w/$workspaceId" params={{ workspaceId: target.id }} replace />;
  }
  if (workspaces.length === 0 && !viewer.account.canCreateWorkspaces) {
    return (
      <EntryFrame title={m.page_home_none_title()} lead={m.page_home_none_lead()}>
        <p className="text-[12.5px] text-faint">
          {m.page_home_signed_in_as({ email: viewer.account.email })}
        </p>
      </EntryFrame>
    );
  }
  if (workspaces.length === 0) {
    return (
      <CreateWorkspacePage
        onDone={(workspaceId) => {
          navigate({ to: '/w/$workspaceId', params: { workspaceId }, replace: true });
        }}
      />
    );
  }
  return (
    <EntryFrame title={m.page_home_choose_title()}>
      <ul className="flex flex-col gap-1.5">
        {workspaces.map(({ id, name, iconUrl }) => (
          <li key={id}>
            <Link
              to="/w/$workspaceId"
              params={{ workspaceId: id }}
              className="flex items-center gap-2.5 rounded-lg border border-line px-3.5 py-2.5 font-medium hover:bg-hover"
            >
              <WorkspaceIcon url={iconUrl} size={24} />
              <span className="min-w-0 truncate">{name}</span>
            </Link>
          </li>
        ))}
      </ul>
    </EntryFrame>
  );
}
