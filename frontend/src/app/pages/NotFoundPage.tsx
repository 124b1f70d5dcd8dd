/** Shown for URLs that match no route. */
import { Link } from '@tanstack/react-router';
import { m } from '../../paraglide/messages';
import { EntryFrame } from '../EntryFrame';

export function NotFoundPage() {
  return (
    <EntryFrame title={m.page_not_found_title()} lead={m.page_not_found_lead()}>
      <Link to="/" className="font-medium text-accent hover:underline">
        {m.page_not_found_home()}
      </Link>
    </EntryFrame>
  );
}
