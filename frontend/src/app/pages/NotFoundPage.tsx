/** Shown for URLs that match no route. */
import { Link } from '@tanstack/react-router';
import { EntryFrame } from '../EntryFrame';

export function NotFoundPage() {
  return (
    <EntryFrame
      title="Page not found"
      lead="The link may be broken, or the page may have been removed."
    >
      <Link to="/" className="font-medium text-accent hover:underline">
        Go to Confab
      </Link>
    </EntryFrame>
  );
}
