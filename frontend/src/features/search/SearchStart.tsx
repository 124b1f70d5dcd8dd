/** The empty search page: saved and recent searches, and help on filters. */
import { History } from 'lucide-react';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { useMe } from '../workspace/workspaceContext';
import { clearRecentSearches, useRecentSearches } from './recentSearches';
import { SavedSearchList } from './SavedSearchList';
import type { SavedSearches } from './savedSearch';

/** Operators are the same in every language. */
const help: [written: string, meaning: () => string][] = [
  ['from:@ann', m.search_start_help_from],
  ['in:#general', m.search_start_help_in],
  ['to:me', m.search_start_help_to],
  ['with:@ann', m.search_start_help_with],
  ['before: after: on: during:', m.search_start_help_date],
  ['has:link', m.search_start_help_has],
  ['is:thread', m.search_start_help_is],
  ['"on hold"', m.search_start_help_phrase],
  ['-draft', m.search_start_help_minus],
];

interface Props {
  searches: SavedSearches;
  onSearch(text: string): void;
}

export function SearchStart({ searches, onSearch }: Props) {
  const me = useMe();
  const recent = useRecentSearches(me.id);
  return (
    <div className="mx-auto max-w-2xl">
      <SavedSearchList searches={searches} onSearch={onSearch} />
      {recent.length > 0 && (
        <section aria-labelledby="recent-searches" className="mb-6">
          <div className="mb-1 flex items-center justify-between">
            <h2 id="recent-searches" className="text-[12px] font-semibold text-faint">
              {m.search_start_recent_searches()}
            </h2>
            <Button variant="quiet" small onClick={() => clearRecentSearches(me.id)}>
              {m.search_start_clear()}
            </Button>
          </div>
          <ul>
            {recent.map((search) => (
              <li key={search}>
                <button
                  type="button"
                  data-hit={search}
                  onClick={() => onSearch(search)}
                  className="flex h-8.5 w-full items-center gap-2.5 rounded-md px-2 text-left hover:bg-hover"
                >
                  <History size={15} aria-hidden="true" className="shrink-0 text-faint" />
                  <span className="truncate">{search}</span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section aria-labelledby="search-help">
        <h2 id="search-help" className="mb-2 text-[12px] font-semibold text-faint">
          {m.search_start_help_title()}
        </h2>
        <dl className="grid gap-x-5 gap-y-1 sm:grid-cols-[auto_1fr] sm:gap-y-2">
          {help.map(([written, meaning]) => (
            <div key={written} className="contents">
              <dt>
                <code className="rounded-md border border-line bg-side px-1.5 py-0.5 text-[12.5px]">
                  {written}
                </code>
              </dt>
              <dd className="mb-1.5 text-soft sm:mb-0">{meaning()}</dd>
            </div>
          ))}
        </dl>
      </section>
    </div>
  );
}
