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
import { Facets } from './Facets';
import { FilterChips } from './FilterChips';
import { keepSearch, keptSearch } from './keptSearch';
import { NewMatches } from './NewMatches';
import { useSearchFieldWanted } from './openSearch';
import { rememberSearch } from './recentSearches';
import { SaveSearch } from './SaveSearch';
import { SearchField } from './SearchField';
import { SearchResults } from './SearchResults';
import { SearchStart } from './SearchStart';
import { SortMenu } from './SortMenu';
import { useSavedSearches } from './savedSearch';
import { useFieldText } from './useFieldText';
import { useHitKeys } from './useHitKeys';
import { useNewMatches } from './useNewMatches';
import { type Answer, isOf, useSearch } from './useSearch';

interface Props {
  query: string;
  sort: SearchSort;
  /** Puts the search into the address. */
  onSearch(query: string, sort: SearchSort): void;
}

export function SearchPage({ query, sort, onSearch }: Props) {
  const client = useApolloClient();
  const { me } = useWorkspace();
  const [kept] = useState(() => keptSearch(client, me.id, { query, sort }));
  const searching = useSearch({ query, sort }, kept?.answer ?? null);
  const { answer, failure, loading } = searching;
  const written = useFieldText(query, (next) => onSearch(next, sort));
  const { text, caret, write } = written;
  const searches = useSavedSearches();
  const saved = searches.list.find((one) => one.query === query.trim());
  const current = isOf(answer, { query, sort }) ? answer : null;
  const newMatches = useNewMatches(saved?.id, current);
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
      <header className="flex h-13 shrink-0 items-center gap-2 border-b border-line px-4">
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
      </header>
      <div ref={scroller} onKeyDown={keys.onKeyDown} className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto max-w-5xl px-4 py-4">
          <FilterChips
            text={text}
            caret={caret}
            unresolved={current?.unresolved ?? []}
            onWrite={write}
          />
          {query.trim() === '' ? (
            <SearchStart searches={searches} onSearch={(search) => onSearch(search, sort)} />
          ) : (
            <>
              <div className="mb-3 flex min-h-7 items-center gap-3">
                <p role="status" className="min-w-0 flex-1 text-[13px] text-faint">
                  {answer && !failure && <HowMany answer={answer} />}
                </p>
                <SaveSearch key={query} query={query} saved={saved} searches={searches} />
                <SortMenu sort={sort} onSort={(next) => onSearch(query, next)} />
              </div>
              <div className="flex flex-col lg:flex-row-reverse lg:gap-6">
                {answer && <Facets facets={answer.facets} text={text} onWrite={write} />}
                <div className="min-w-0 flex-1">
                  <NewMatches count={newMatches} onShow={searching.retry} />
                  <SearchResults search={{ query, sort }} searching={searching} onOpen={onOpen} />
                </div>
              </div>
            </>
          )}
        </div>
      </div>
    </section>
  );
}

/** That there are none is also said where they would stand, so here only to be heard. */
function HowMany({ answer: { total, complete } }: { answer: Answer }) {
  const number = total.count.toLocaleString();
  const found = total.count === 1 ? '1 result' : `${number} results`;
  const counted = total.exact ? found : `About ${found}`;
  if (!complete) return `${counted} so far. The index is being built: there may be more.`;
  return total.count === 0 ? <span className="sr-only">Nothing found</span> : counted;
}
