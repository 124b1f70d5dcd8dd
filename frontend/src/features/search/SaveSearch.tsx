/** Saves the current search under a name, or deletes it. */
import { Bookmark } from 'lucide-react';
import { useState } from 'react';
import { FormDialog } from '../../apollo/FormDialog';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { firstCharacters } from '../../ui/characters';
import { maxSavedSearchNameLength, type SavedSearch, type SavedSearches } from './savedSearch';

interface Props {
  query: string;
  /** The saved search with this query. */
  saved: SavedSearch | undefined;
  searches: SavedSearches;
}

export function SaveSearch({ query, saved, searches }: Props) {
  const [open, setOpen] = useState(false);
  const field = {
    label: m.ui_name(),
    name: 'name',
    required: true,
    maxCharacters: maxSavedSearchNameLength,
    defaultValue: firstCharacters(query.trim(), maxSavedSearchNameLength),
    hint: m.search_save_search_hint(),
  };
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
      <FormDialog
        open={open}
        onClose={() => setOpen(false)}
        title={m.search_save_search_title()}
        fields={[field]}
        work={({ name = '' }) => searches.save(name.trim(), query)}
      />
    </>
  );
}
