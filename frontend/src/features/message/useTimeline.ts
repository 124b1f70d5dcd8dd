/** The loaded part of a channel or thread that is on show, and ways to load more of it. */
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { type Failure, failureOf, isMissing, isPassing } from '../../apollo/failure';
import type { MessagePageFragment } from '../../gql/graphql';
import { pause } from '../live/pause';
import { useWorkspace } from '../workspace/workspaceContext';
import { entryOf } from './messageCache';
import { type Page, type Place, type Segment, segmentAt, type Timeline } from './timeline';
import type { Move } from './timelines';

export interface PageArgs {
  first?: number;
  after?: string;
  last?: number;
  before?: string;
  around?: string;
  aroundSeq?: number;
}

export type Connection = MessagePageFragment;

const pageSize = 50;

const notThere: Failure = {
  code: 'NOT_FOUND',
  message: 'This message does not exist here, or you cannot see it.',
};

interface Source {
  /** Where the timeline is kept: a channel id, or the id of a thread's root. */
  timelineKey: string;
  /** Shows the part around this message instead of the newest. */
  aroundId: string | null;
  /** Opens behind this seq, the last one read; at the end if it is null. */
  readTo: number | null;
  fetchPage(args: PageArgs): Promise<Connection>;
  /** Opens the thread that a reply stands in; resolves to the message that begins it, null if it is no reply. */
  openReply?(id: string): Promise<string | null>;
}

export interface LoadedTimeline {
  /** What is on show. On the way to an end that is not loaded, what was on show before. */
  segment: Segment | undefined;
  /** Who came into the channel and went, as far as it was seen from here. */
  moves: readonly Move[];
  /** Where the list is to open; another object whenever it is to go somewhere. */
  place: Place;
  goTo(place: Place): void;
  /** What could not be loaded; `retry` tries again. */
  failure: Failure | null;
  loading: 'older' | 'newer' | 'first' | null;
  loadOlder(): void;
  loadNewer(): void;
  retry(): void;
}

export function useTimeline(source: Source): LoadedTimeline {
  const { timelineKey, aroundId, readTo, fetchPage, openReply } = source;
  const { timelines } = useWorkspace();
  const timeline = useSyncExternalStore(timelines.subscribe, () => timelines.get(timelineKey));
  const moves = useSyncExternalStore(timelines.subscribe, () => timelines.movesOf(timelineKey));
  const [place, setPlace] = useState<Place>(() =>
    aroundId === null && readTo !== null ? { kind: 'unread', after: readTo } : placeOf(aroundId),
  );
  const [failure, setFailure] = useState<Failure | null>(null);
  // What could not be loaded elsewhere keeps nobody from going on.
  const goTo = useCallback((next: Place) => {
    setFailure(null);
    setPlace(next);
  }, []);
  const [addressed, setAddressed] = useState(aroundId);
  if (addressed !== aroundId) {
    setAddressed(aroundId);
    goTo(placeOf(aroundId));
  }
  const there = segmentAt(timeline, place);
  const [shown, setShown] = useState<Place | null>(null);
  if (there && shown !== place) setShown(place);
  const segment = there ?? onTheWay(timeline, place, shown);
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
        switch (place.kind) {
          case 'message': {
            const page = await loadPage({ around: place.id }).catch((error) => {
              if (isMissing(failureOf(error))) return null;
              throw error;
            });
            if (page?.entries.some((entry) => entry.id === place.id)) return;
            // For a reply the server gives the page around the message that begins its thread.
            const rootId = page && ((await openReply?.(place.id)) ?? null);
            if (rootId === null) setFailure(notThere);
            else setPlace((now) => (now === place ? { kind: 'message', id: rootId } : now));
            return;
          }
          case 'unread':
            await loadPage({ aroundSeq: place.after + 1, first: pageSize });
            return;
          case 'end':
            await loadPage({ last: pageSize });
        }
      }),
    [load, loadPage, openReply, place],
  );

  // What passes by itself is tried again by itself, and at once when the line is back.
  const failures = useRef(0);
  useEffect(() => {
    if (!failure || !isPassing(failure)) return;
    const stop = new AbortController();
    pause(failures.current++, failure.retryAfter ?? 0, stop.signal).then(() => {
      if (!stop.signal.aborted) setFailure(null);
    });
    return () => stop.abort();
  }, [failure]);
  useEffect(() => {
    if (there) failures.current = 0;
  }, [there]);

  const missing = there === undefined;
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
  return { segment, moves, place, goTo, failure, loading, loadOlder, loadNewer, retry };
}

/** The way to the end leads past what was on show. Dropped with everything else, it is shown no more. */
function onTheWay(timeline: Timeline, place: Place, shown: Place | null): Segment | undefined {
  return place.kind === 'end' && shown ? segmentAt(timeline, shown) : undefined;
}

function placeOf(aroundId: string | null): Place {
  return aroundId === null ? { kind: 'end' } : { kind: 'message', id: aroundId };
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
