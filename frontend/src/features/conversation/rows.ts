/** Lays messages out as rows with day separators, author groups and the "New" divider. Pure. */
import { sameDay } from '../../ui/time';
import type { OutboxEntry } from '../message/outbox';
import type { Entry } from '../message/timeline';
import type { MembershipChange } from '../message/timelines';

export type Row =
  | { kind: 'start'; key: 'start' }
  | { kind: 'gap'; key: 'gap' }
  | { kind: 'membership'; key: string; membershipChanges: readonly MembershipChange[] }
  | ({ kind: 'message'; key: string; entry: Entry } & Layout)
  | ({ kind: 'outgoing'; key: string; outgoing: OutboxEntry } & Layout);

interface Layout {
  /** Whether author and avatar are shown. False for later messages of a group. */
  head: boolean;
  /** The first message of its day, below a day separator. */
  day: boolean;
  /** The first unread message, below the "New" divider. */
  isNew: boolean;
}

/** Messages of one author within this interval are grouped, in milliseconds. */
const groupWithin = 5 * 60_000;

interface Source {
  entries: readonly Entry[];
  outgoing: readonly OutboxEntry[];
  /** Joins and leaves, in log order. */
  membershipChanges?: readonly MembershipChange[];
  /** Whether messages may be missing between the entries and the outgoing messages. */
  isCutOff?: boolean;
  fromStart: boolean;
  meId: string;
  /** The read position for the "New" divider, or null for none. */
  readTo: number | null;
}

export function layOutRows(source: Source): Row[] {
  const {
    entries,
    outgoing,
    membershipChanges = [],
    isCutOff = false,
    fromStart,
    meId,
    readTo,
  } = source;
  const rows: Row[] = fromStart ? [{ kind: 'start', key: 'start' }] : [];
  const shown = new Set(entries.map((entry) => entry.id));
  let before: { authorId: string; createdAt: string } | undefined;
  let lineDrawn = readTo === null;
  let interrupted = false;
  const membershipQueue = membershipChanges.filter(({ seq }) => isWithin(seq, source));

  const layout = (authorId: string, createdAt: string, isNew: boolean): Layout => {
    const day = !before || !sameDay(before.createdAt, createdAt);
    const close =
      before?.authorId === authorId &&
      Date.parse(createdAt) - Date.parse(before.createdAt) < groupWithin;
    before = { authorId, createdAt };
    const head = day || isNew || interrupted || !close;
    interrupted = false;
    return { day, isNew, head };
  };
  /** Adds a row with all joins and leaves before `until`. */
  const addMembershipChanges = (until: number) => {
    const group = membershipQueue.splice(
      0,
      membershipQueue.findLastIndex(({ seq }) => seq < until) + 1,
    );
    if (group[0] === undefined) return;
    rows.push({ kind: 'membership', key: `membership_${group[0].seq}`, membershipChanges: group });
    interrupted = true;
  };

  for (const entry of entries) {
    addMembershipChanges(entry.seq);
    const isNew = !lineDrawn && readTo !== null && entry.seq > readTo && entry.authorId !== meId;
    if (isNew) lineDrawn = true;
    rows.push({
      kind: 'message',
      key: entry.id,
      entry,
      ...layout(entry.authorId, entry.createdAt, isNew),
    });
  }
  addMembershipChanges(Number.POSITIVE_INFINITY);
  // Excludes confirmed messages, whose event arrived before the response.
  const pending = outgoing.filter(({ id }) => !shown.has(id));
  if (isCutOff && entries.length > 0 && pending.length > 0) {
    rows.push({ kind: 'gap', key: 'gap' });
    before = undefined;
  }
  for (const message of pending) {
    rows.push({
      kind: 'outgoing',
      key: message.id,
      outgoing: message,
      ...layout(meId, message.createdAt, false),
    });
  }
  return rows;
}

/** Whether the sequence number is inside the loaded part. */
function isWithin(seq: number, { entries, fromStart, isCutOff }: Source): boolean {
  const [first] = entries;
  const last = entries.at(-1);
  return (
    (fromStart || (first !== undefined && seq > first.seq)) && (!isCutOff || seq < (last?.seq ?? 0))
  );
}
