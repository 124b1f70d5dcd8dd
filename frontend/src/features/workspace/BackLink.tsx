/** The back button on narrow screens. */
import { Link } from '@tanstack/react-router';
import { ChevronLeft } from 'lucide-react';
import { m } from '../../paraglide/messages';
import { useIsWide } from '../../ui/useIsWide';
import { useWorkspace } from './workspaceContext';

/** Links back to the sidebar. Renders nothing on wide screens. */
export function BackLink() {
  const { id: workspaceId } = useWorkspace();
  const isWide = useIsWide();
  if (isWide) return null;
  return (
    <Link
      to="/w/$workspaceId"
      params={{ workspaceId }}
      aria-label={m.workspace_back_link()}
      className="-ml-2 inline-flex size-8 items-center touch:size-11 justify-center rounded-md hover:bg-hover"
    >
      <ChevronLeft size={20} />
    </Link>
  );
}
