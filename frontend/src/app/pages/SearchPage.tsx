/**
 * The search page. The search is stored in the URL, so that Back returns to it from a hit.
 *
 * Keyboard: arrow keys move between the field and the hits, Enter opens a hit, Escape returns to the field.
 */
import { useApolloClient } from '@apollo/client/react';
import { useCallback, useLayoutEffect, useRef, useState } from 'react';
import { FilterChips } from '../../features/search/FilterChips';
import { rememberSearch } from '../../features/search/recentSearches';
import { SearchField } from '../../features/search/SearchField';
import { SearchFound } from '../../features/search/SearchFound';
import { SearchStart } from '../../features/search/SearchStart';
import { useSavedSearches } from '../../features/search/savedSearch';
import { useSearchFieldFocus } from '../../features/search/searchFieldFocus';
import { readSnapshot, saveSnapshot } from '../../features/search/searchSnapshot';
import { useFieldText } from '../../features/search/useFieldText';
import { useHitKeys } from '../../features/search/useHitKeys';
import { isResponseTo, type Search, useSearch } from '../../features/search/useSearch';
import { BackLink } from '../../features/workspace/BackLink';
import { useMe } from '../../features/workspace/workspaceContext';
import type { SearchSort } from '../../gql/graphql';
import { m } from '../../paraglide/messages';
import { PaneBoundary } from '../../ui/PaneBoundary';

interface Props {
  query: string;
  sort: SearchSort;
  /** Writes the search to the URL. */
  onSearch(query: string, sort: SearchSort): void;
}

export function SearchPage({ query, sort, onSearch }: Props) {
  const client = useApolloClient();
  const me = useMe();
  const search: Search = { query, sort };
  const [snapshot] = useState(() => readSnapshot(client, me.id, search));
  const searching = useSearch(search, snapshot?.response ?? null);
  const { response, loading } = searching;
  const written = useFieldText(query, (next) => onSearch(next, sort));
  const { text, caret, write } = written;
  const searches = useSavedSearches();
  const field = useRef<HTMLInputElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const keys = useHitKeys(scroller, field);

  const focusField = useCallback(() => {
    field.current?.focus();
    field.current?.select();
  }, []);
  useSearchFieldFocus(focusField);

  // Restores the scroll position and focus, or focuses the field.
  const { focusHit } = keys;
  useLayoutEffect(() => {
    if (!snapshot) return focusField();
    if (scroller.current) scroller.current.scrollTop = snapshot.scrollTop;
    focusHit(snapshot.hitId);
  }, [snapshot, focusField, focusHit]);

  function onOpen(hitId: string) {
    rememberSearch(me.id, query);
    const scrollTop = scroller.current?.scrollTop ?? 0;
    if (response) saveSnapshot(client, { memberId: me.id, response, scrollTop, hitId });
  }

  return (
    <section aria-label={m.page_search_title()} className="flex min-w-0 flex-1 flex-col">
      <header className="h-13 shrink-0 border-b border-line">
        <div className="mx-auto flex h-full max-w-5xl items-center gap-2 px-4">
          <BackLink />
          <h1 className="sr-only">{m.page_search_title()}</h1>
          <SearchField
            field={field}
            written={written}
            onSubmit={() => {
              rememberSearch(me.id, text);
              // Pressing Enter again refreshes the results.
              if (text === query) searching.retry();
              else written.settle();
            }}
            onLeave={keys.focusFirst}
            busy={loading === 'first'}
          />
        </div>
      </header>
      <section
        ref={scroller}
        aria-label={m.page_search_results()}
        onKeyDown={keys.onKeyDown}
        className="min-h-0 flex-1 overflow-y-auto"
      >
        <div className="mx-auto max-w-5xl px-4 py-4">
          <FilterChips
            text={text}
            caret={caret}
            unresolved={isResponseTo(response, search) ? response.unresolved : []}
            onChangeText={write}
          />
          <PaneBoundary message={m.page_search_results_failed()} resetKey={query}>
            {query.trim() === '' ? (
              <SearchStart searches={searches} onSearch={(chosen) => onSearch(chosen, sort)} />
            ) : (
              <SearchFound
                search={search}
                searching={searching}
                searches={searches}
                text={text}
                onChangeText={write}
                onSort={(next) => onSearch(query, next)}
                onOpen={onOpen}
              />
            )}
          </PaneBoundary>
        </div>
      </section>
    </section>
  );
}
