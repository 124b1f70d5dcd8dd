/**
 * The virtual message list of a channel or thread. Loads in both directions, keeps its position when older
 * messages load, and follows new messages only at the end.
 *
 * A single tab stop: arrow keys move between messages, Enter goes to the message actions, Escape back.
 */
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useMemo, useRef } from 'react';
import { FailureNotice } from '../../apollo/FailureNotice';
import { isMissing } from '../../apollo/failure';
import { m } from '../../paraglide/messages';
import { Button } from '../../ui/Button';
import { Spinner } from '../../ui/Spinner';
import { dayName } from '../../ui/time';
import { useToday } from '../../ui/useToday';
import type { OutboxEntry } from '../message/outbox';
import { ListPills } from './ListPills';
import { MembershipRow } from './MembershipRow';
import { MessageAnnouncer } from './MessageAnnouncer';
import { MessageRow } from './MessageRow';
import { OutgoingRow } from './OutgoingRow';
import { RowBoundary } from './RowBoundary';
import { layOutRows, type Row } from './rows';
import { unreadPosition } from './unreadPosition';
import { useInitialScroll } from './useInitialScroll';
import { usePinnedEnd } from './usePinnedEnd';
import { useRovingRows } from './useRovingRows';
import { useSeenRows } from './useSeenRows';
import type { LoadedTimeline } from './useTimeline';

interface Props {
  label: string;
  timeline: LoadedTimeline;
  outgoing: readonly OutboxEntry[];
  meId: string;
  /** The read position when the list was opened, for the "New" divider. */
  readTo: number | null;
  /** The read state, for the buttons. Null in threads. */
  unread: { lastReadSeq: number; unreadCount: number } | null;
  onMarkAllRead(): void;
  /** The message in the URL. */
  aroundId: string | null;
  editingId: string | null;
  onEdit(id: string | null): void;
  /** Undefined inside threads. */
  onOpenThread?: ((rootId: string) => void) | undefined;
  onJumpToLatest(): void;
  /** Receives rows that were on screen long enough to count as read. Omit to disable tracking. */
  onSeen?: ((keys: readonly string[]) => void) | undefined;
  /** Where a short history is placed: at the bottom, next to the composer, or at the top. */
  align?: 'bottom' | 'top' | undefined;
  /** Shown above the very first message. */
  intro: ReactNode;
}

const estimatedRow = 46;
/** Loads more when fewer rows than this remain in a direction. */
const loadAhead = 10;

export function MessageList(props: Props) {
  const { timeline, outgoing, meId, readTo, unread } = props;
  const { segment, membershipChanges, place, loading, loadOlder, loadNewer, goTo } = timeline;
  const live = segment?.live ?? false;
  // Sent messages are shown immediately, even before the end of the history is loaded.
  const atOutbox = live || place.kind === 'end';
  // Day boundaries depend on the time zone.
  const today = useToday();
  // biome-ignore lint/correctness/useExhaustiveDependencies: `today` changes with the time zone.
  const rows = useMemo(
    () =>
      layOutRows({
        entries: segment?.entries ?? [],
        outgoing: atOutbox ? outgoing : [],
        membershipChanges,
        isCutOff: !live,
        fromStart: segment?.fromStart ?? false,
        meId,
        readTo,
      }),
    [segment, live, atOutbox, outgoing, membershipChanges, meId, readTo, today],
  );

  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => estimatedRow,
    getItemKey: (index) => rows[index]?.key ?? index,
    anchorTo: 'end',
    // Disables the library's pinning; `usePinnedEnd` controls it.
    scrollEndThreshold: -1,
    overscan: 8,
    paddingEnd: 10,
  });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;

  const length = virtual.getTotalSize();
  const end = usePinnedEnd(scroller, atOutbox, () => virtual.scrollToEnd(), length);
  const { isOpen, isAtRest } = useInitialScroll(rows, timeline, meId, virtual, end);
  // Loads one page at a time, in one direction.
  const canLoad = isAtRest && !timeline.failure && loading === null;
  useEffect(() => {
    if (canLoad && first < loadAhead) loadOlder();
  }, [canLoad, first, loadOlder]);
  useEffect(() => {
    if (canLoad && last > rows.length - loadAhead) loadNewer();
  }, [canLoad, last, rows.length, loadNewer]);

  // Sending scrolls to the end.
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
      {/* Outside the feed, which may only contain articles. */}
      {timeline.failure && (
        <div className="flex flex-wrap items-center gap-3 p-4">
          <FailureNotice failure={timeline.failure} />
          {isMissing(timeline.failure) ? (
            <Button small onClick={props.onJumpToLatest}>
              {m.conversation_message_list_show_latest()}
            </Button>
          ) : (
            <Button small onClick={timeline.retry}>
              {m.ui_try_again()}
            </Button>
          )}
        </div>
      )}
      {!segment && loading === 'first' && (
        <div className="absolute inset-x-0 top-0 z-10">
          <Spinner label={m.conversation_message_list_loading()} />
        </div>
      )}
      <div
        ref={scroller}
        role="feed"
        aria-label={props.label}
        // A feed without articles is not rendered yet.
        aria-busy={loading !== null || items.length === 0}
        onKeyDown={roving.onKeyDown}
        // Opaque, so that the browser scrolls it as a separate layer. Otherwise Chromium repaints the page
        // below, and leaves it blank if the list moved before its first paint.
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
                  // `top` instead of a transform, which breaks sticky positioning inside.
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
          firstUnread={unreadPosition(segment, rows, unread, meId, shownRows(virtual))}
          atEnd={atEnd}
          onFirstUnread={() => unread && goTo({ kind: 'unread', after: unread.lastReadSeq })}
          onMarkAllRead={props.onMarkAllRead}
          onLatest={props.onJumpToLatest}
        />
      )}
      <MessageAnnouncer entries={atEnd ? segment?.entries : undefined} meId={meId} />
    </div>
  );
}

/** The first and last visible row. */
function shownRows({ range }: { range: { startIndex: number; endIndex: number } | null }) {
  return range ?? { startIndex: 0, endIndex: 0 };
}

function RowContent({ row, ...props }: { row: Row } & Props) {
  if (row.kind === 'start') return props.intro;
  if (row.kind === 'gap') return <GapDivider />;
  if (row.kind === 'membership') return <MembershipRow membershipChanges={row.membershipChanges} />;
  const at = row.kind === 'message' ? row.entry.createdAt : row.outgoing.createdAt;
  return (
    <>
      {row.day && <DayDivider at={at} />}
      {row.isNew && <NewDivider />}
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

function DayDivider({ at }: { at: string }) {
  const today = useToday();
  return (
    <div className="flex items-center gap-3 px-4 pt-4 pb-1">
      <span className="h-px flex-1 bg-line" />
      <span className="text-[12px] font-medium text-faint">{dayName(at, today)}</span>
      <span className="h-px flex-1 bg-line" />
    </div>
  );
}

/** Separates sent messages from history that is not loaded up to the end. */
function GapDivider() {
  return (
    <div className="flex items-center gap-3 px-4 pt-4 pb-1">
      <span className="h-px flex-1 bg-line" />
      <span className="text-[12px] text-faint">{m.conversation_message_list_gap()}</span>
      <span className="h-px flex-1 bg-line" />
    </div>
  );
}

function NewDivider() {
  return (
    <div className="flex items-center gap-2 px-4 pt-2 text-notice">
      <span className="h-px flex-1 bg-notice/60" />
      <span className="text-[11.5px] font-semibold">{m.conversation_message_list_new()}</span>
    </div>
  );
}
