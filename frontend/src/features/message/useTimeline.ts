/** The loaded part of a channel or thread that is on show, and ways to load more of it. */
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { type Failure, failureOf } from '../../apollo/failure';
import type { ChannelPageQuery } from '../../gql/graphql';
import { useWorkspace } from '../workspace/workspaceContext';
import { entryOf } from './messageCache';
import { type Page, type Segment, segmentAt } from './timeline';

export interface PageArgs {
  first?: number;
  after?: string;
  last?: number;
  before?: string;
  around?: string;
}

export type Connection = ChannelPageQuery['channel']['messages'];

const pageSize = 50;

/** How far back a first look reaches for the first unread message before it stops looking. */
const mostPagesBack = 10;

const notThere: Failure = { code: 'NOT_FOUND', message: 'This message is not in this channel.' };

interface Source {
  /** Where the timeline is kept: a channel id, or the id of a thread's root. */
  timelineKey: string;
  /** Shows the part around this message instead of the newest. */
  aroundId: string | null;
  /** The first look reaches back to this seq: the last one read. */
  reachBackTo: number | null;
  fetchPage(args: PageArgs): Promise<Connection>;
}

export interface LoadedTimeline {
  segment: Segment | undefined;
  /** What could not be loaded; `retry` tries again. */
  failure: Failure | null;
  loading: 'older' | 'newer' | 'first' | null;
  loadOlder(): void;
  loadNewer(): void;
  retry(): void;
}

export function useTimeline({
  timelineKey,
  aroundId,
  reachBackTo,
  fetchPage,
}: Source): LoadedTimeline {
  const { timelines } = useWorkspace();
  const timeline = useSyncExternalStore(timelines.subscribe, () => timelines.get(timelineKey));
  const segment = segmentAt(timeline, aroundId);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [loading, setLoading] = useState<LoadedTimeline['loading']>(null);
  const busy = useRef(false);

  const load = useCallback(
    async (which: 'older' | 'newer' | 'first', run: () => Promise<unknown>) => {
      if (busy.current) return;
      busy.current = true;
      setLoading(which);
      setFailure(null);
      try {
        await run();
      } catch (error) {
        setFailure(failureOf(error));
      } finally {
        busy.current = false;
        setLoading(null);
      }
    },
    [],
  );

  const loadPage = useCallback(
    (args: PageArgs, adjoins?: number) =>
      timelines.load(timelineKey, async () => pageOf(await fetchPage(args), args, adjoins)),
    [timelines, timelineKey, fetchPage],
  );

  const loadFirst = useCallback(
    () =>
      load('first', async () => {
        if (aroundId) {
          const page = await loadPage({ around: aroundId });
          if (!page.entries.some((entry) => entry.id === aroundId)) setFailure(notThere);
          return;
        }
        let page = await loadPage({ last: pageSize });
        for (let i = 1; i < mostPagesBack && isMissing(page, reachBackTo); i++) {
          const first = page.entries[0];
          if (!first || !page.startCursor) break;
          page = await loadPage({ last: 100, before: page.startCursor }, first.seq);
        }
      }),
    [load, loadPage, aroundId, reachBackTo],
  );

  const missing = segment === undefined;
  useEffect(() => {
    if (missing && failure === null && loading === null) loadFirst();
  }, [missing, failure, loading, loadFirst]);

  const loadOlder = useCallback(() => {
    const first = segment?.entries[0];
    if (!segment?.before || !first) return;
    const { before } = segment;
    load('older', () => loadPage({ last: pageSize, before }, first.seq));
  }, [segment, load, loadPage]);

  const loadNewer = useCallback(() => {
    const last = segment?.entries.at(-1);
    if (!segment?.after || !last) return;
    const { after } = segment;
    load('newer', () => loadPage({ first: pageSize, after }, last.seq));
  }, [segment, load, loadPage]);

  const retry = useCallback(() => setFailure(null), []);
  return { segment, failure, loading, loadOlder, loadNewer, retry };
}

function isMissing(page: Page, reachBackTo: number | null): boolean {
  const first = page.entries[0];
  return reachBackTo !== null && page.hasPrevious && first !== undefined && first.seq > reachBackTo;
}

function pageOf(connection: Connection, args: PageArgs, adjoins: number | undefined): Page {
  const { edges, pageInfo } = connection;
  const page: Page = {
    entries: edges.map((edge) => entryOf(edge.node)),
    startCursor: pageInfo.startCursor,
    endCursor: pageInfo.endCursor,
    // On the side where the page was loaded from, something stands for certain; the last page
    // reaches the end by what it is.
    hasPrevious: args.after !== undefined || pageInfo.hasPreviousPage,
    hasNext: args.before !== undefined || (args.last === undefined && pageInfo.hasNextPage),
  };
  return adjoins === undefined ? page : { ...page, adjoins };
}
