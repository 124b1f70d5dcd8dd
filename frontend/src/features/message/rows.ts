/** Lays messages out as rows: days, groups of one author, the line above what is new. Pure. */
import { sameDay } from '../../ui/time';
import type { OutboxEntry } from './outbox';
import type { Entry } from './timeline';

export type Row =
  | { kind: 'start'; key: 'start' }
  | { kind: 'gap'; key: 'gap' }
  | ({ kind: 'message'; key: string; entry: Entry } & Layout)
  | ({ kind: 'outgoing'; key: string; outgoing: OutboxEntry } & Layout);

interface Layout {
  /** Whether name and picture are shown: false for what follows closely from the same author. */
  head: boolean;
  /** The first of its day: a separator with the day stands above. */
  day: boolean;
  /** The first unread one: the "New" line stands above. */
  isNew: boolean;
}

/** Messages of one author within this time of each other stand together. */
const groupWithin = 5 * 60_000;

interface Source {
  entries: readonly Entry[];
  outgoing: readonly OutboxEntry[];
  /** Whether something may be missing between the entries and what is on its way. */
  isCutOff?: boolean;
  fromStart: boolean;
  meId: string;
  /** The last seq that counts as read for the "New" line, or null for no line. */
  readTo: number | null;
}

export function layOut(source: Source): Row[] {
  const { entries, outgoing, isCutOff = false, fromStart, meId, readTo } = source;
  const rows: Row[] = fromStart ? [{ kind: 'start', key: 'start' }] : [];
  const shown = new Set(entries.map((entry) => entry.id));
  let before: { authorId: string; createdAt: string } | undefined;
  let lineDrawn = readTo === null;

  const layout = (authorId: string, createdAt: string, isNew: boolean): Layout => {
    const day = !before || !sameDay(before.createdAt, createdAt);
    const close =
      before?.authorId === authorId &&
      Date.parse(createdAt) - Date.parse(before.createdAt) < groupWithin;
    before = { authorId, createdAt };
    return { day, isNew, head: day || isNew || !close };
  };

  for (const entry of entries) {
    const isNew = !lineDrawn && readTo !== null && entry.seq > readTo && entry.authorId !== meId;
    if (isNew) lineDrawn = true;
    rows.push({
      kind: 'message',
      key: entry.id,
      entry,
      ...layout(entry.authorId, entry.createdAt, isNew),
    });
  }
  // Confirmed already: its event overtook the answer.
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
