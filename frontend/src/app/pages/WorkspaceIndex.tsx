/** The workspace index route: on wide screens redirects to the last channel, or else to the oldest one. */
import { Navigate } from '@tanstack/react-router';
import { isArchived } from '../../features/channel/channel';
import { lastChannel } from '../../features/workspace/lastWorkspace';
import { useViewerChannels, useWorkspace } from '../../features/workspace/workspaceContext';
import { useIsWide } from '../../ui/useIsWide';

export function WorkspaceIndex() {
  const { id } = useWorkspace();
  const channels = useViewerChannels();
  const isWide = useIsWide();
  const last = lastChannel(id);
  const active = channels
    .filter((channel) => !isArchived(channel))
    .sort((a, b) => a.createdAt.localeCompare(b.createdAt));
  const target =
    active.find((channel) => channel.id === last) ??
    active.find((channel) => channel.kind !== 'DIRECT') ??
    active[0];
  if (!isWide) return null;
  if (!target) return <Navigate to="/w/$workspaceId/browse" params={{ workspaceId: id }} replace />;
  return (
    <Navigate
      to="/w/$workspaceId/c/$channelId"
      params={{ workspaceId: id, channelId: target.id }}
      replace
    />
  );
}
