/** The workspace menu: other workspaces, invites, settings, signing out. */
import { useNavigate } from '@tanstack/react-router';
import { ChevronDown } from 'lucide-react';
import { FailureNotice } from '../apollo/FailureNotice';
import { useViewer } from '../features/account/viewer';
import { useSignOut } from '../features/session/useSignOut';
import { WorkspaceIcon } from '../features/workspace/WorkspaceIcon';
import { useBoot, useWorkspace } from '../features/workspace/workspaceContext';
import { m } from '../paraglide/messages';
import { Menu, MenuItem, MenuSeparator, MenuTrigger } from '../ui/Menu';

const pages = [
  { to: '/w/$workspaceId/people', label: m.app_workspace_menu_invite_people },
  { to: '/w/$workspaceId/profile', label: m.app_workspace_menu_your_profile },
  { to: '/w/$workspaceId/emoji', label: m.app_workspace_menu_custom_emoji },
  { to: '/w/$workspaceId/settings', label: m.app_workspace_menu_settings_of_workspace },
] as const;

/** Opens from the workspace name in the sidebar. */
export function WorkspaceMenu() {
  const { id } = useWorkspace();
  const { name, iconUrl } = useBoot(({ workspace }) => workspace);
  const { viewer } = useViewer();
  const navigate = useNavigate();
  const signOut = useSignOut();
  const others = viewer?.workspaces.filter((workspace) => workspace.id !== id) ?? [];
  const trigger = (
    <MenuTrigger className="m-1.5 mb-1 flex h-11 items-center gap-2.5 rounded-lg px-2 text-left hover:bg-hover">
      <WorkspaceIcon url={iconUrl} size={26} />
      <span className="min-w-0 flex-1 truncate text-[15px] font-semibold tracking-tight">
        {name}
      </span>
      <ChevronDown size={15} className="text-faint" aria-hidden="true" />
    </MenuTrigger>
  );
  return (
    <>
      <Menu trigger={trigger} align="start" width="w-58">
        {others.map((workspace) => (
          <MenuItem
            key={workspace.id}
            onClick={() =>
              navigate({ to: '/w/$workspaceId', params: { workspaceId: workspace.id } })
            }
          >
            {workspace.name}
          </MenuItem>
        ))}
        {others.length > 0 && <MenuSeparator />}
        {pages.map(({ to, label }) => (
          <MenuItem key={to} onClick={() => navigate({ to, params: { workspaceId: id } })}>
            {label()}
          </MenuItem>
        ))}
        {viewer?.account.canCreateWorkspaces && (
          <MenuItem onClick={() => navigate({ to: '/new-workspace' })}>
            {m.app_workspace_menu_create_workspace()}
          </MenuItem>
        )}
        <MenuItem onClick={() => navigate({ to: '/settings' })}>
          {m.app_workspace_menu_settings()}
        </MenuItem>
        <MenuSeparator />
        <MenuItem onClick={() => signOut.run()}>{m.app_workspace_menu_sign_out()}</MenuItem>
      </Menu>
      <FailureNotice failure={signOut.failure} />
    </>
  );
}
