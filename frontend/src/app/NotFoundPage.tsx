/** What stands at an address that leads nowhere. */
import { Link } from '@tanstack/react-router';
import { EntryPage } from '../features/account/EntryPage';

export function NotFoundPage() {
  return (
    <EntryPage
      title="There is nothing here"
      lead="The address may be mistyped, or the thing may be gone."
    >
      <Link to="/" className="font-medium text-accent hover:underline">
        Go to Confab
      </Link>
    </EntryPage>
  );
}
