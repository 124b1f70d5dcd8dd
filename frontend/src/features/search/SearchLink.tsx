/** The search link in the channel header: a field on wide screens, an icon on narrow ones. */
import { Link } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { m } from '../../paraglide/messages';
import { useWorkspace } from '../workspace/workspaceContext';

export function SearchLink() {
  const { id: workspaceId } = useWorkspace();
  return (
    <Link
      to="/w/$workspaceId/search"
      params={{ workspaceId }}
      title={m.search_link()}
      className="flex h-8 shrink-0 items-center gap-2 rounded-lg text-soft hover:bg-hover max-lg:w-7 max-lg:justify-center touch:h-11 max-lg:touch:w-11 lg:w-44 lg:border lg:border-line lg:px-2.5 lg:text-faint lg:hover:border-line-strong lg:hover:bg-transparent"
    >
      <Search size={15} aria-hidden="true" />
      <span className="max-lg:sr-only">{m.search_link()}</span>
    </Link>
  );
}
