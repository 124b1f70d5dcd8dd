/** The search results with count, sort order, facets and saving. */
import { FailureNotice } from '../../apollo/FailureNotice';
import type { SearchSort } from '../../gql/graphql';
import { m } from '../../paraglide/messages';
import { Facets } from './Facets';
import { NewMatches } from './NewMatches';
import { SaveSearch } from './SaveSearch';
import { SearchResults } from './SearchResults';
import { SortMenu } from './SortMenu';
import type { SavedSearches } from './savedSearch';
import { useNewMatches } from './useNewMatches';
import { isResponseTo, type Search, type Searching, type SearchResponse } from './useSearch';

interface Props {
  search: Search;
  searching: Searching;
  searches: SavedSearches;
  /** The text in the field. */
  text: string;
  onChangeText(text: string): void;
  onSort(sort: SearchSort): void;
  onOpen(hitId: string): void;
}

export function SearchFound({ search, searching, searches, ...props }: Props) {
  const { query, sort } = search;
  const { response, failure, retry } = searching;
  const saved = searches.list.find((one) => one.query === query.trim());
  const newMatches = useNewMatches(saved?.id, isResponseTo(response, search) ? response : null);
  return (
    <>
      <div className="mb-3 flex min-h-7 items-center gap-3">
        <p role="status" className="min-w-0 flex-1 text-[13px] text-faint">
          {response && !failure && <ResultCount response={response} />}
        </p>
        <SaveSearch key={query} query={query} saved={saved} searches={searches} />
        <SortMenu sort={sort} onSort={props.onSort} />
      </div>
      <FailureNotice failure={searches.remove.failure} />
      <div className="flex flex-col lg:flex-row-reverse lg:gap-6">
        {response && (
          <Facets facets={response.facets} text={props.text} onChangeText={props.onChangeText} />
        )}
        <div className="min-w-0 flex-1">
          <NewMatches count={newMatches} onShow={retry} />
          <SearchResults search={search} searching={searching} onOpen={props.onOpen} />
        </div>
      </div>
    </>
  );
}

/** The result count. An empty result is shown below, so it is announced only to screen readers here. */
function ResultCount({ response: { total, complete } }: { response: SearchResponse }) {
  const { count, exact } = total;
  if (!complete) {
    return exact
      ? m.search_found_incomplete({ count })
      : m.search_found_about_incomplete({ count });
  }
  const counted = exact ? m.search_found_results({ count }) : m.search_found_about({ count });
  return count === 0 ? <span className="sr-only">{m.search_found_none()}</span> : counted;
}
