/** The search results, or an empty state. */
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { Spinner } from '../../ui/Spinner';
import { FileHits } from './FileHits';
import { MessageHit } from './MessageHit';
import { NameHits } from './NameHits';
import { completeOperators, unresolvedReason } from './query';
import { SearchFailure } from './SearchFailure';
import { memberOf } from './useNames';
import { isResponseTo, type Search, type Searching } from './useSearch';

interface Props {
  search: Search;
  searching: Searching;
  onOpen(id: string): void;
}

export function SearchResults({ search, searching, onOpen }: Props) {
  const { response, failure, loading, loadMore, retry, remove } = searching;
  if (failure && !isResponseTo(response, search))
    return <SearchFailure failure={failure} onRetry={retry} />;
  if (!response) return <Spinner label={m.search_results_searching()} />;
  const { edges, unresolved } = response;
  const nodes = edges.map(({ node }) => node);
  const files = edges.map(({ file }) => file).filter((file) => file.__typename === 'File');
  return (
    <div aria-busy={loading !== null}>
      {unresolved.map((typed) => (
        <p key={typed} className="mb-2 rounded-lg bg-notice-tint px-3 py-2 text-notice">
          {unresolvedReason(typed)}
        </p>
      ))}
      {edges.length === 0 && unresolved.length === 0 && <NoResults query={response.query} />}
      <NameHits
        channels={nodes.filter((node) => node.__typename === 'Channel')}
        members={nodes.filter((node) => node.__typename === 'Member').map(memberOf)}
        onOpen={onOpen}
      />
      <FileHits files={files} onOpen={onOpen} />
      {nodes.some((node) => node.__typename === 'Message') && (
        <ul aria-label={m.search_results_messages()} className="flex flex-col gap-1.5">
          {edges.map(({ node, highlights }) =>
            node.__typename === 'Message' ? (
              <li key={node.id}>
                <MessageHit
                  message={node}
                  highlights={highlights}
                  onOpen={onOpen}
                  onDeleted={remove}
                />
              </li>
            ) : null,
          )}
        </ul>
      )}
      {failure && (
        <div className="pt-3">
          <SearchFailure failure={failure} onRetry={loadMore} />
        </div>
      )}
      {response.hasMore && !failure && (
        <div className="pt-3 text-center">
          <Button data-hit="more" disabled={loading !== null} onClick={loadMore}>
            {m.ui_show_more()}
          </Button>
        </div>
      )}
    </div>
  );
}

function NoResults({ query }: { query: string }) {
  const filtered = completeOperators(query, null).length > 0;
  return (
    <div className="py-8 text-center">
      <p className="font-medium">{m.search_results_none()}</p>
      <p className="mt-1 text-faint">
        {filtered ? m.search_results_none_filtered_hint() : m.search_results_none_hint()}
      </p>
    </div>
  );
}
