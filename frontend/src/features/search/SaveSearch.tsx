/** Saves the current search under a name, or deletes it. */
import { Bookmark } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { maxSavedSearchNameLength, type SavedSearch, type SavedSearches } from './savedSearch';

interface Props {
  query: string;
  /** The saved search with this query. */
  saved: SavedSearch | undefined;
  searches: SavedSearches;
}

export function SaveSearch({ query, saved, searches }: Props) {
  const [open, setOpen] = useState(false);
  const close = () => setOpen(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget).get('name')).trim();
    if (await searches.save.run(name, query)) close();
  }

  return (
    <>
      <Button
        small
        aria-pressed={saved !== undefined}
        title={
          saved ? m.search_save_search_delete({ name: saved.name }) : m.search_save_search_title()
        }
        onClick={() => (saved ? searches.remove.run(saved.id) : setOpen(true))}
      >
        <Bookmark
          size={14}
          aria-hidden="true"
          className={saved ? 'fill-accent text-accent' : 'text-faint'}
        />
        {saved ? m.search_save_search_saved() : m.ui_save()}
      </Button>
      <Dialog open={open} onClose={close} title={m.search_save_search_title()}>
        <form onSubmit={submit} className="flex flex-col gap-4">
          <Field
            label={m.ui_name()}
            name="name"
            required
            maxLength={maxSavedSearchNameLength}
            defaultValue={query.trim().slice(0, maxSavedSearchNameLength)}
            hint={m.search_save_search_hint()}
          />
          <FailureNotice failure={searches.save.failure ?? searches.remove.failure} />
          <div className="flex justify-end gap-2">
            <Button onClick={close}>{m.ui_cancel()}</Button>
            <Button variant="primary" type="submit" disabled={searches.save.isRunning}>
              {m.ui_save()}
            </Button>
          </div>
        </form>
      </Dialog>
    </>
  );
}
