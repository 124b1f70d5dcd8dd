/**
 * The search page. The search is stored in the URL, so that Back returns to it from a hit.
 *
 * Keyboard: arrow keys move between the field and the hits, Enter opens a hit, Escape returns to the field.
 */
import { useApolloClient } from '@apollo/client/react';
import { useCallback, useLayoutEffect, useRef, useState } from 'react';
import type { SearchSort } from '../../gql/graphql';
import { BackLink } from '../workspace/BackLink';
import { useWorkspace } from '../workspace/workspaceContext';
import { FilterChips } from './FilterChips';
import { rememberSearch } from './recentSearches';
import { SearchField } from './SearchField';
import { SearchFound } from './SearchFound';
import { SearchStart } from './SearchStart';
import { useSavedSearches } from './savedSearch';
import { useSearchFieldFocus } from './searchFieldFocus';
import { readSnapshot, saveSnapshot } from './searchSnapshot';
import { useFieldText } from './useFieldText';
import { useHitKeys } from './useHitKeys';
import { isResponseTo, type Search, useSearch } from './useSearch';

interface Props {
  query: string;
  sort: SearchSort;
  /** Writes the search to the URL. */
  onSearch(query: string, sort: SearchSort): void;
}

export function SearchPage({ query, sort, onSearch }: Props) {
  const client = useApolloClient();
  const { me } = useWorkspace();
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
    <section aria-label="Search" className="flex min-w-0 flex-1 flex-col">
      <header className="h-13 shrink-0 border-b border-line">
        <div className="mx-auto flex h-full max-w-5xl items-center gap-2 px-4">
          <BackLink />
          <h1 className="sr-only">Search</h1>
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
      <div ref={scroller} onKeyDown={keys.onKeyDown} className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto max-w-5xl px-4 py-4">
          <FilterChips
            text={text}
            caret={caret}
            unresolved={isResponseTo(response, search) ? response.unresolved : []}
            onChangeText={write}
          />
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
        </div>
      </div>
    </section>
  );
}
