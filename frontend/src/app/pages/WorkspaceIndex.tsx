/** The workspace index route: on wide screens redirects to the last channel, or else to #general. */
import { Navigate } from '@tanstack/react-router';
import { lastChannel } from '../../features/workspace/lastWorkspace';
import { useViewerChannels, useWorkspace } from '../../features/workspace/workspaceContext';
import { useIsWide } from '../../ui/useIsWide';

export function WorkspaceIndex() {
  const { id } = useWorkspace();
  const channels = useViewerChannels();
  const isWide = useIsWide();
  const last = lastChannel(id);
  const target =
    channels.find((channel) => channel.id === last) ??
    channels.find((channel) => channel.name === 'general') ??
    channels[0];
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
