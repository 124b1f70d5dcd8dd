/** A link to the channel browser. */
import { Link } from '@tanstack/react-router';
import { m } from '../../paraglide/messages';
import { useWorkspace } from '../workspace/workspaceContext';

export function BrowseChannelsLink() {
  const { id: workspaceId } = useWorkspace();
  return (
    <Link
      to="/w/$workspaceId/browse"
      params={{ workspaceId }}
      className="font-medium text-accent hover:underline"
    >
      {m.channel_browse_link()}
    </Link>
  );
}
