/**
 * The history of a channel or thread: virtual, scrolls both ways, stays where it is when older
 * messages come in and follows new ones only at the very end.
 *
 * One Tab stop: arrows move from message to message, Enter goes to a message's actions, Escape back.
 */
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useMemo, useRef } from 'react';
import { isMissing } from '../../apollo/failure';
import { Button } from '../../ui/Button';
import { Notice } from '../../ui/Notice';
import { Spinner } from '../../ui/Spinner';
import { dayName } from '../../ui/time';
import { useToday } from '../../ui/useToday';
import { ListPills } from './ListPills';
import { MessageAnnouncer } from './MessageAnnouncer';
import { MessageRow } from './MessageRow';
import { MovesRow } from './MovesRow';
import { OutgoingRow } from './OutgoingRow';
import type { OutboxEntry } from './outbox';
import { RowBoundary } from './RowBoundary';
import { layOut, type Row } from './rows';
import { placeOfUnread } from './unreadPlace';
import { useOpening } from './useOpening';
import { usePinnedEnd } from './usePinnedEnd';
import { useRovingRows } from './useRovingRows';
import { useSeenRows } from './useSeenRows';
import type { LoadedTimeline } from './useTimeline';

interface Props {
  label: string;
  timeline: LoadedTimeline;
  outgoing: readonly OutboxEntry[];
  meId: string;
  /** The last seq that was read when the list was opened: above what follows stands "New". */
  readTo: number | null;
  /** How far it is read, for the pills; null where that is not counted. */
  unread: { lastReadSeq: number; unreadCount: number } | null;
  onMarkAllRead?(): void;
  /** The message that the address names. */
  aroundId: string | null;
  editingId: string | null;
  onEdit(id: string | null): void;
  onOpenThread?: (rootId: string) => void;
  onJumpToLatest(): void;
  /** Told of rows that were on the screen long enough to be read; nobody looks without it. */
  onSeen?: ((keys: readonly string[]) => void) | undefined;
  /** Whether a short history stands at the bottom, by the composer, or at the top. */
  align?: 'bottom' | 'top';
  /** Stands above the first message of all. */
  intro: ReactNode;
}

const estimatedRow = 46;
/** Loads more when fewer rows than this are left in a direction. */
const loadAhead = 10;

export function MessageList(props: Props) {
  const { timeline, outgoing, meId, readTo, unread } = props;
  const { segment, moves, place, loading, loadOlder, loadNewer, goTo } = timeline;
  const live = segment?.live ?? false;
  // What was sent is shown at once, also while the end that it leads to is not loaded.
  const atOutbox = live || place.kind === 'end';
  // In another zone, days begin elsewhere.
  const today = useToday();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the zone comes with the day.
  const rows = useMemo(
    () =>
      layOut({
        entries: segment?.entries ?? [],
        outgoing: atOutbox ? outgoing : [],
        moves,
        isCutOff: !live,
        fromStart: segment?.fromStart ?? false,
        meId,
        readTo,
      }),
    [segment, live, atOutbox, outgoing, moves, meId, readTo, today],
  );

  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => estimatedRow,
    getItemKey: (index) => rows[index]?.key ?? index,
    anchorTo: 'end',
    // It never stays at the end by itself: `usePinnedEnd` knows whether it should.
    scrollEndThreshold: -1,
    overscan: 8,
    paddingEnd: 10,
  });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;

  const length = virtual.getTotalSize();
  const end = usePinnedEnd(scroller, atOutbox, () => virtual.scrollToEnd(), length);
  const { isOpen, isAtRest } = useOpening(rows, timeline, meId, virtual, end);
  // One page at a time: the other direction has its turn when that has come.
  const mayLoad = isAtRest && !timeline.failure && loading === null;
  useEffect(() => {
    if (mayLoad && first < loadAhead) loadOlder();
  }, [mayLoad, first, loadOlder]);
  useEffect(() => {
    if (mayLoad && last > rows.length - loadAhead) loadNewer();
  }, [mayLoad, last, rows.length, loadNewer]);

  // Sending leads to the end, from wherever one was reading.
  const lastOutgoing = outgoing.at(-1)?.id;
  const sentBefore = useRef(lastOutgoing);
  useEffect(() => {
    if (lastOutgoing && lastOutgoing !== sentBefore.current) end.pin();
    sentBefore.current = lastOutgoing;
  }, [lastOutgoing, end]);

  const atEnd = isOpen && end.pinned;
  useSeenRows(scroller, isOpen ? props.onSeen : undefined);
  const roving = useRovingRows(virtual, scroller, rows, [first, last]);

  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      {/* Beside the feed, in which only articles may stand. */}
      {timeline.failure && (
        <div className="flex items-center gap-3 p-4">
          <Notice>{timeline.failure.message}</Notice>
          {isMissing(timeline.failure) ? (
            <Button small onClick={props.onJumpToLatest}>
              Show the latest messages
            </Button>
          ) : (
            <Button small onClick={timeline.retry}>
              Try again
            </Button>
          )}
        </div>
      )}
      {!segment && loading === 'first' && (
        <div className="absolute inset-x-0 top-0 z-10">
          <Spinner label="Loading messages" />
        </div>
      )}
      <div
        ref={scroller}
        role="feed"
        aria-label={props.label}
        // A feed without articles is one that is not drawn yet.
        aria-busy={loading !== null || items.length === 0}
        onKeyDown={roving.onKeyDown}
        // Opaque, so that the browser scrolls it as a layer of its own. Without one Chromium repaints
        // the page under it, and leaves it blank where the list was moved before its first paint.
        className="min-h-0 flex-1 overflow-y-auto bg-page [overflow-anchor:none] overscroll-y-none"
      >
        <div className={`flex min-h-full flex-col ${props.align === 'top' ? '' : 'justify-end'}`}>
          <div className="relative w-full" style={{ height: length }}>
            {items.map((item) => {
              const row = rows[item.index];
              if (!row) return null;
              return (
                <article
                  key={item.key}
                  ref={virtual.measureElement}
                  data-index={item.index}
                  data-key={row.key}
                  tabIndex={item.index === roving.active ? 0 : -1}
                  aria-posinset={item.index + 1}
                  aria-setsize={segment?.fromStart && live ? rows.length : -1}
                  onFocus={() => roving.onFocus(item.index)}
                  className="absolute left-0 w-full outline-offset-[-2px]"
                  // Not moved by a transform, of which what is sticky inside knows nothing.
                  style={{ top: item.start }}
                >
                  <RowBoundary>
                    <RowContent row={row} {...props} />
                  </RowBoundary>
                </article>
              );
            })}
          </div>
        </div>
      </div>
      {isOpen && (
        <ListPills
          unreadCount={unread?.unreadCount ?? 0}
          firstUnread={placeOfUnread(segment, rows, unread, meId, shownRows(virtual))}
          atEnd={atEnd}
          onFirstUnread={() => unread && goTo({ kind: 'unread', after: unread.lastReadSeq })}
          onMarkAllRead={() => props.onMarkAllRead?.()}
          onLatest={props.onJumpToLatest}
        />
      )}
      <MessageAnnouncer entries={atEnd ? segment?.entries : undefined} meId={meId} />
    </div>
  );
}

/** The first and the last row on the screen. */
function shownRows({ range }: { range: { startIndex: number; endIndex: number } | null }) {
  return range ?? { startIndex: 0, endIndex: 0 };
}

function RowContent({ row, ...props }: { row: Row } & Props) {
  if (row.kind === 'start') return props.intro;
  if (row.kind === 'gap') return <GapLine />;
  if (row.kind === 'moves') return <MovesRow moves={row.moves} />;
  const at = row.kind === 'message' ? row.entry.createdAt : row.outgoing.createdAt;
  return (
    <>
      {row.day && <DayLine at={at} />}
      {row.isNew && <NewLine />}
      {row.kind === 'message' ? (
        <MessageRow
          entry={row.entry}
          head={row.head}
          highlighted={row.key === props.aroundId}
          editing={row.key === props.editingId}
          onEdit={props.onEdit}
          onOpenThread={props.onOpenThread}
        />
      ) : (
        <OutgoingRow outgoing={row.outgoing} head={row.head} />
      )}
    </>
  );
}

function DayLine({ at }: { at: string }) {
  const today = useToday();
  return (
    <div className="flex items-center gap-3 px-4 pt-4 pb-1">
      <span className="h-px flex-1 bg-line" />
      <span className="text-[12px] font-medium text-faint">{dayName(at, today)}</span>
      <span className="h-px flex-1 bg-line" />
    </div>
  );
}

/** Above what was sent while the newest messages are not loaded. */
function GapLine() {
  return (
    <div className="flex items-center gap-3 px-4 pt-4 pb-1">
      <span className="h-px flex-1 bg-line" />
      <span className="text-[12px] text-faint">Newer messages are not loaded yet</span>
      <span className="h-px flex-1 bg-line" />
    </div>
  );
}

function NewLine() {
  return (
    <div className="flex items-center gap-2 px-4 pt-2 text-notice">
      <span className="h-px flex-1 bg-notice/60" />
      <span className="text-[11.5px] font-semibold">New</span>
    </div>
  );
}
