/** The way from a channel that one is not in to those that one can join. */
import { Link } from '@tanstack/react-router';
import { useWorkspace } from '../workspace/workspaceContext';

export function BrowseLink() {
  const { id: workspaceId } = useWorkspace();
  return (
    <Link
      to="/w/$workspaceId/browse"
      params={{ workspaceId }}
      className="font-medium text-accent hover:underline"
    >
      Browse channels
    </Link>
  );
}
