/** The list of saved searches. */
import { Bookmark, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { m } from '../../paraglide/messages';
import { IconButton } from '../../ui/Button';
import { ConfirmDialog } from '../../ui/ConfirmDialog';
import type { SavedSearches } from './savedSearch';

interface Props {
  searches: SavedSearches;
  onSearch(text: string): void;
}

export function SavedSearchList({ searches, onSearch }: Props) {
  const [confirming, setConfirming] = useState<{ id: string; name: string } | null>(null);
  if (searches.list.length === 0) return null;
  return (
    <section aria-labelledby="saved-searches" className="mb-6">
      <h2 id="saved-searches" className="mb-1 text-[12px] font-semibold text-faint">
        {m.search_saved_search_list_title()}
      </h2>
      <ul>
        {searches.list.map(({ id, name, query }) => (
          <li key={id} className="flex items-center gap-1">
            <button
              type="button"
              data-hit={id}
              onClick={() => onSearch(query)}
              className="flex h-8.5 min-w-0 flex-1 items-center gap-2.5 rounded-md px-2 text-left hover:bg-hover"
            >
              <Bookmark size={15} aria-hidden="true" className="shrink-0 text-faint" />
              <span className="truncate">{name}</span>
              {name !== query && (
                <span className="min-w-0 flex-1 truncate text-[12.5px] text-faint">{query}</span>
              )}
            </button>
            <IconButton
              label={m.search_saved_search_list_delete({ name })}
              onClick={() => setConfirming({ id, name })}
            >
              <Trash2 size={14} />
            </IconButton>
          </li>
        ))}
      </ul>
      <ConfirmDialog
        open={confirming !== null}
        title={m.search_saved_search_list_delete_question({
          name: confirming?.name ?? '',
        })}
        action={m.ui_delete()}
        onClose={() => setConfirming(null)}
        onConfirm={() => confirming && searches.remove.run(confirming.id)}
      >
        {m.search_saved_search_list_delete_consequence()}
      </ConfirmDialog>
      <FailureNotice failure={searches.remove.failure} />
    </section>
  );
}
