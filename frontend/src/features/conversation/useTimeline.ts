/** The visible part of a timeline, and functions to load more. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { type Failure, failureOf, isMissing, isTransient } from '../../apollo/failure';
import { pause } from '../../apollo/pause';
import type { MessagePageFragment } from '../../gql/graphql';
import { m } from '../../paraglide/messages';
import { useStore } from '../../ui/store';
import { entryOf } from '../message/messageCache';
import { type Page, type Place, type Segment, segmentAt, type Timeline } from '../message/timeline';
import type { MembershipChange } from '../message/timelines';
import { useTimelines } from '../message/useTimelines';

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

const messageNotFound: Failure = {
  code: 'NOT_FOUND',
  get message() {
    return m.conversation_timeline_missing();
  },
};

export interface TimelineSource {
  /** The key of the timeline: a channel id or a thread root id. */
  timelineKey: string;
  /** Shows the part around this message instead of the newest messages. */
  aroundId: string | null;
  /** Opens after this read position, or at the end if null. */
  readTo: number | null;
  fetchPage(args: PageArgs): Promise<Connection>;
  /** Opens the thread of a reply. Resolves to the root message id, or null if the message is not a reply. */
  openReply?: ((id: string) => Promise<string | null>) | undefined;
}

export interface LoadedTimeline {
  /** The visible segment. While the end is loading, the previous one. */
  segment: Segment | undefined;
  /** Observed joins and leaves. */
  membershipChanges: readonly MembershipChange[];
  /** Where the list opens. A new object on every navigation. */
  place: Place;
  goTo(place: Place): void;
  /** The loading error. `retry` loads again. */
  failure: Failure | null;
  loading: 'older' | 'newer' | 'first' | null;
  loadOlder(): void;
  loadNewer(): void;
  retry(): void;
}

export function useTimeline(source: TimelineSource): LoadedTimeline {
  const { timelineKey, aroundId, readTo, fetchPage, openReply } = source;
  const timelines = useTimelines();
  const timeline = useStore(timelines.loaded, () => timelines.get(timelineKey));
  const membershipChanges = useStore(timelines.loaded, () =>
    timelines.membershipChangesOf(timelineKey),
  );
  const [place, setPlace] = useState<Place>(() =>
    aroundId === null && readTo !== null ? { kind: 'unread', after: readTo } : placeOf(aroundId),
  );
  const [failure, setFailure] = useState<Failure | null>(null);
  // Navigation clears a previous error.
  const goTo = useCallback((next: Place) => {
    setFailure(null);
    setPlace(next);
  }, []);
  const [lastAroundId, setLastAroundId] = useState(aroundId);
  if (lastAroundId !== aroundId) {
    setLastAroundId(aroundId);
    goTo(placeOf(aroundId));
  }
  const loadedSegment = segmentAt(timeline, place);
  const [shown, setShown] = useState<Place | null>(null);
  if (loadedSegment && shown !== place) setShown(place);
  const segment = loadedSegment ?? previousSegment(timeline, place, shown);
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
            // For a reply, the server returns the page around its root message.
            const rootId = page && ((await openReply?.(place.id)) ?? null);
            if (rootId === null) setFailure(messageNotFound);
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

  // Retries transient errors with backoff, and immediately when the connection is restored.
  const failures = useRef(0);
  useEffect(() => {
    if (!failure || !isTransient(failure)) return;
    const stop = new AbortController();
    pause(failures.current++, failure.retryAfter ?? 0, stop.signal).then(() => {
      if (!stop.signal.aborted) setFailure(null);
    });
    return () => stop.abort();
  }, [failure]);
  useEffect(() => {
    if (loadedSegment) failures.current = 0;
  }, [loadedSegment]);

  const missing = loadedSegment === undefined;
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
  return { segment, membershipChanges, place, goTo, failure, loading, loadOlder, loadNewer, retry };
}

/** While the end is loading, returns the previously visible segment, unless it was dropped. */
function previousSegment(
  timeline: Timeline,
  place: Place,
  shown: Place | null,
): Segment | undefined {
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
    // More messages certainly exist on the side from which the page was loaded. A `last` page reaches
    // the end by definition.
    hasPrevious: args.after !== undefined || pageInfo.hasPreviousPage,
    hasNext: args.before !== undefined || (args.last === undefined && pageInfo.hasNextPage),
  };
  return adjoins === undefined ? page : { ...page, adjoins };
}
