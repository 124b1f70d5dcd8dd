/** All below the field while something is searched for: how many, in which order, where, and what. */
import type { SearchSort } from '../../gql/graphql';
import { Facets } from './Facets';
import { NewMatches } from './NewMatches';
import { SaveSearch } from './SaveSearch';
import { SearchResults } from './SearchResults';
import { SortMenu } from './SortMenu';
import type { SavedSearches } from './savedSearch';
import { useNewMatches } from './useNewMatches';
import { type Answer, isOf, type Search, type Searching } from './useSearch';

interface Props {
  search: Search;
  searching: Searching;
  searches: SavedSearches;
  /** What stands in the field. */
  text: string;
  onWrite(text: string): void;
  onSort(sort: SearchSort): void;
  onOpen(hitId: string): void;
}

export function SearchFound({ search, searching, searches, ...props }: Props) {
  const { query, sort } = search;
  const { answer, failure, retry } = searching;
  const saved = searches.list.find((one) => one.query === query.trim());
  const newMatches = useNewMatches(saved?.id, isOf(answer, search) ? answer : null);
  return (
    <>
      <div className="mb-3 flex min-h-7 items-center gap-3">
        <p role="status" className="min-w-0 flex-1 text-[13px] text-faint">
          {answer && !failure && <HowMany answer={answer} />}
        </p>
        <SaveSearch key={query} query={query} saved={saved} searches={searches} />
        <SortMenu sort={sort} onSort={props.onSort} />
      </div>
      <div className="flex flex-col lg:flex-row-reverse lg:gap-6">
        {answer && <Facets facets={answer.facets} text={props.text} onWrite={props.onWrite} />}
        <div className="min-w-0 flex-1">
          <NewMatches count={newMatches} onShow={retry} />
          <SearchResults search={search} searching={searching} onOpen={props.onOpen} />
        </div>
      </div>
    </>
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
