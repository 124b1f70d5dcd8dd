/**
 * Searching a workspace. The address holds the search, so that the way back from a hit leads to it.
 *
 * By keys alone: arrows move from the field into what was found and on, Enter opens, Escape returns
 * to the field.
 */
import { useApolloClient } from '@apollo/client/react';
import { useCallback, useLayoutEffect, useRef, useState } from 'react';
import type { SearchSort } from '../../gql/graphql';
import { BackToList } from '../workspace/BackToList';
import { useWorkspace } from '../workspace/workspaceContext';
import { FilterChips } from './FilterChips';
import { keepSearch, keptSearch } from './keptSearch';
import { useSearchFieldWanted } from './openSearch';
import { rememberSearch } from './recentSearches';
import { SearchField } from './SearchField';
import { SearchFound } from './SearchFound';
import { SearchStart } from './SearchStart';
import { useSavedSearches } from './savedSearch';
import { useFieldText } from './useFieldText';
import { useHitKeys } from './useHitKeys';
import { isOf, type Search, useSearch } from './useSearch';

interface Props {
  query: string;
  sort: SearchSort;
  /** Puts the search into the address. */
  onSearch(query: string, sort: SearchSort): void;
}

export function SearchPage({ query, sort, onSearch }: Props) {
  const client = useApolloClient();
  const { me } = useWorkspace();
  const search: Search = { query, sort };
  const [kept] = useState(() => keptSearch(client, me.id, search));
  const searching = useSearch(search, kept?.answer ?? null);
  const { answer, loading } = searching;
  const written = useFieldText(query, (next) => onSearch(next, sort));
  const { text, caret, write } = written;
  const searches = useSavedSearches();
  const field = useRef<HTMLInputElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const keys = useHitKeys(scroller, field);

  const wanted = useCallback(() => {
    field.current?.focus();
    field.current?.select();
  }, []);
  useSearchFieldWanted(wanted);

  // Back at the place that was left, or ready to be written to.
  const { focusHit } = keys;
  useLayoutEffect(() => {
    if (!kept) return wanted();
    if (scroller.current) scroller.current.scrollTop = kept.scrollTop;
    focusHit(kept.hitId);
  }, [kept, wanted, focusHit]);

  function onOpen(hitId: string) {
    rememberSearch(me.id, query);
    const scrollTop = scroller.current?.scrollTop ?? 0;
    if (answer) keepSearch(client, { memberId: me.id, answer, scrollTop, hitId });
  }

  return (
    <section aria-label="Search" className="flex min-w-0 flex-1 flex-col">
      <header className="h-13 shrink-0 border-b border-line">
        <div className="mx-auto flex h-full max-w-5xl items-center gap-2 px-4">
          <BackToList />
          <h1 className="sr-only">Search</h1>
          <SearchField
            field={field}
            written={written}
            onSubmit={() => {
              rememberSearch(me.id, text);
              // Enter once more asks for what was written meanwhile.
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
            unresolved={isOf(answer, search) ? answer.unresolved : []}
            onWrite={write}
          />
          {query.trim() === '' ? (
            <SearchStart searches={searches} onSearch={(chosen) => onSearch(chosen, sort)} />
          ) : (
            <SearchFound
              search={search}
              searching={searching}
              searches={searches}
              text={text}
              onWrite={write}
              onSort={(next) => onSearch(query, next)}
              onOpen={onOpen}
            />
          )}
        </div>
      </div>
    </section>
  );
}
