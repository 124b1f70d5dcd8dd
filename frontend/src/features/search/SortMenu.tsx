/** Selects the sort order of messages. */
import type { SearchSort } from '../../gql/graphql';
import { m } from '../../paraglide/messages';

const names: Record<SearchSort, () => string> = {
  RELEVANCE: m.search_sort_menu_relevance,
  NEWEST: m.search_sort_menu_newest,
  OLDEST: m.search_sort_menu_oldest,
};

interface Props {
  sort: SearchSort;
  onSort(sort: SearchSort): void;
}

export function SortMenu({ sort, onSort }: Props) {
  return (
    <select
      aria-label={m.search_sort_menu_label()}
      value={sort}
      onChange={(event) => onSort(event.target.value as SearchSort)}
      className="h-7 shrink-0 rounded-lg border border-line-strong bg-raised px-2 text-[13px]"
    >
      {Object.entries(names).map(([value, name]) => (
        <option key={value} value={value}>
          {name()}
        </option>
      ))}
    </select>
  );
}
