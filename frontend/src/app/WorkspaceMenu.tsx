/** The workspace menu: other workspaces, invites, settings, signing out. */
import { Menu } from '@base-ui/react/menu';
import { useNavigate } from '@tanstack/react-router';
import { ChevronDown } from 'lucide-react';
import { FailureNotice } from '../apollo/FailureNotice';
import { useViewer } from '../features/account/viewer';
import { useSignOut } from '../features/session/useSignOut';
import { WorkspaceIcon } from '../features/workspace/WorkspaceIcon';
import { useBoot, useWorkspace } from '../features/workspace/workspaceContext';
import { m } from '../paraglide/messages';
import { menuItemClass } from '../ui/menuItemClass';

/** Opens from the workspace name in the sidebar. */
export function WorkspaceMenu() {
  const { id } = useWorkspace();
  const { name, iconUrl } = useBoot(({ workspace }) => workspace);
  const { viewer } = useViewer();
  const navigate = useNavigate();
  const signOut = useSignOut();
  const others = viewer?.workspaces.filter((workspace) => workspace.id !== id) ?? [];
  return (
    <>
      <Menu.Root>
        <Menu.Trigger className="m-1.5 mb-1 flex h-11 items-center gap-2.5 rounded-lg px-2 text-left hover:bg-hover">
          <WorkspaceIcon url={iconUrl} size={26} />
          <span className="min-w-0 flex-1 truncate text-[15px] font-semibold tracking-tight">
            {name}
          </span>
          <ChevronDown size={15} className="text-faint" aria-hidden="true" />
        </Menu.Trigger>
        <Menu.Portal>
          <Menu.Positioner sideOffset={4} align="start" className="z-30">
            <Menu.Popup className="w-58 rounded-xl border border-line bg-raised p-1.5 shadow-pop outline-none">
              {others.map((workspace) => (
                <Menu.Item
                  key={workspace.id}
                  className={menuItemClass}
                  onClick={() =>
                    navigate({ to: '/w/$workspaceId', params: { workspaceId: workspace.id } })
                  }
                >
                  {workspace.name}
                </Menu.Item>
              ))}
              {others.length > 0 && <Menu.Separator className="my-1.5 h-px bg-line" />}
              <Menu.Item
                className={menuItemClass}
                onClick={() =>
                  navigate({ to: '/w/$workspaceId/people', params: { workspaceId: id } })
                }
              >
                {m.app_workspace_menu_invite_people()}
              </Menu.Item>
              <Menu.Item
                className={menuItemClass}
                onClick={() =>
                  navigate({ to: '/w/$workspaceId/profile', params: { workspaceId: id } })
                }
              >
                {m.app_workspace_menu_your_profile()}
              </Menu.Item>
              <Menu.Item
                className={menuItemClass}
                onClick={() =>
                  navigate({ to: '/w/$workspaceId/emoji', params: { workspaceId: id } })
                }
              >
                {m.app_workspace_menu_custom_emoji()}
              </Menu.Item>
              <Menu.Item
                className={menuItemClass}
                onClick={() =>
                  navigate({ to: '/w/$workspaceId/settings', params: { workspaceId: id } })
                }
              >
                {m.app_workspace_menu_settings_of_workspace()}
              </Menu.Item>
              {viewer?.account.canCreateWorkspaces && (
                <Menu.Item
                  className={menuItemClass}
                  onClick={() => navigate({ to: '/new-workspace' })}
                >
                  {m.app_workspace_menu_create_workspace()}
                </Menu.Item>
              )}
              <Menu.Item className={menuItemClass} onClick={() => navigate({ to: '/settings' })}>
                {m.app_workspace_menu_settings()}
              </Menu.Item>
              <Menu.Separator className="my-1.5 h-px bg-line" />
              <Menu.Item className={menuItemClass} onClick={() => signOut.run()}>
                {m.app_workspace_menu_sign_out()}
              </Menu.Item>
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
      <FailureNotice failure={signOut.failure} />
    </>
  );
}
