/** What was found, or that nothing was. */
import { Button } from '../../ui/Button';
import { Spinner } from '../../ui/Spinner';
import { FileHits } from './FileHits';
import { MessageHit } from './MessageHit';
import { NameHits } from './NameHits';
import { completeOperators, whyUnresolved } from './query';
import { SearchFailure } from './SearchFailure';
import { memberOf } from './useNames';
import { isOf, type Search, type Searching } from './useSearch';

interface Props {
  search: Search;
  searching: Searching;
  onOpen(id: string): void;
}

export function SearchResults({ search, searching, onOpen }: Props) {
  const { answer, failure, loading, loadMore, retry, remove } = searching;
  if (failure && !isOf(answer, search)) return <SearchFailure failure={failure} onRetry={retry} />;
  if (!answer) return <Spinner label="Searching" />;
  const { edges, unresolved } = answer;
  const nodes = edges.map(({ node }) => node);
  const files = edges.map(({ file }) => file).filter((file) => file.__typename === 'File');
  return (
    <div aria-busy={loading !== null}>
      {unresolved.map((typed) => (
        <p key={typed} className="mb-2 rounded-lg bg-notice-tint px-3 py-2 text-notice">
          {whyUnresolved(typed)}
        </p>
      ))}
      {edges.length === 0 && unresolved.length === 0 && <NothingFound query={answer.query} />}
      <NameHits
        channels={nodes.filter((node) => node.__typename === 'Channel')}
        members={nodes.filter((node) => node.__typename === 'Member').map(memberOf)}
        onOpen={onOpen}
      />
      <FileHits files={files} onOpen={onOpen} />
      {nodes.some((node) => node.__typename === 'Message') && (
        <ul aria-label="Messages" className="flex flex-col gap-1.5">
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
      {answer.hasMore && !failure && (
        <div className="pt-3 text-center">
          <Button data-hit="more" disabled={loading !== null} onClick={loadMore}>
            Show more
          </Button>
        </div>
      )}
    </div>
  );
}

function NothingFound({ query }: { query: string }) {
  const filtered = completeOperators(query, null).length > 0;
  return (
    <div className="py-8 text-center">
      <p className="font-medium">Nothing found</p>
      <p className="mt-1 text-faint">
        {filtered
          ? 'Check the spelling, or remove a filter.'
          : 'Check the spelling, or try fewer or other words.'}
      </p>
    </div>
  );
}
