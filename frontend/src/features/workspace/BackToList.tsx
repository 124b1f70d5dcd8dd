/** The arrow to the channel list on narrow screens. */
import { Link } from '@tanstack/react-router';
import { ChevronLeft } from 'lucide-react';
import { useIsWide } from '../../ui/useIsWide';
import { useWorkspace } from './workspaceContext';

/** The way back to the channel list, where there is no room for both. */
export function BackToList() {
  const { id: workspaceId } = useWorkspace();
  const isWide = useIsWide();
  if (isWide) return null;
  return (
    <Link
      to="/w/$workspaceId"
      params={{ workspaceId }}
      aria-label="Back to the channel list"
      className="-ml-2 inline-flex size-8 items-center touch:size-11 justify-center rounded-md hover:bg-hover"
    >
      <ChevronLeft size={20} />
    </Link>
  );
}
