/** Lays messages out as rows: days, groups of one author, the line above what is new. Pure. */
import { sameDay } from '../../ui/time';
import type { OutboxEntry } from './outbox';
import type { Entry } from './timeline';
import type { Move } from './timelines';

export type Row =
  | { kind: 'start'; key: 'start' }
  | { kind: 'gap'; key: 'gap' }
  | { kind: 'moves'; key: string; moves: readonly Move[] }
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
  /** Who came and went, in the order of the log. */
  moves?: readonly Move[];
  /** Whether something may be missing between the entries and what is on its way. */
  isCutOff?: boolean;
  fromStart: boolean;
  meId: string;
  /** The last seq that counts as read for the "New" line, or null for no line. */
  readTo: number | null;
}

export function layOut(source: Source): Row[] {
  const { entries, outgoing, moves = [], isCutOff = false, fromStart, meId, readTo } = source;
  const rows: Row[] = fromStart ? [{ kind: 'start', key: 'start' }] : [];
  const shown = new Set(entries.map((entry) => entry.id));
  let before: { authorId: string; createdAt: string } | undefined;
  let lineDrawn = readTo === null;
  let interrupted = false;
  const waiting = moves.filter(({ seq }) => isWithin(seq, source));

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
  /** Those before a place, all that followed each other in one row. */
  const addMoves = (until: number) => {
    const here = waiting.splice(0, waiting.findLastIndex(({ seq }) => seq < until) + 1);
    if (here[0] === undefined) return;
    rows.push({ kind: 'moves', key: `moves_${here[0].seq}`, moves: here });
    interrupted = true;
  };

  for (const entry of entries) {
    addMoves(entry.seq);
    const isNew = !lineDrawn && readTo !== null && entry.seq > readTo && entry.authorId !== meId;
    if (isNew) lineDrawn = true;
    rows.push({
      kind: 'message',
      key: entry.id,
      entry,
      ...layout(entry.authorId, entry.createdAt, isNew),
    });
  }
  addMoves(Number.POSITIVE_INFINITY);
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

/** What came before the first entry, or behind the last one of a part, stands elsewhere. */
function isWithin(seq: number, { entries, fromStart, isCutOff }: Source): boolean {
  const [first] = entries;
  const last = entries.at(-1);
  return (
    (fromStart || (first !== undefined && seq > first.seq)) && (!isCutOff || seq < (last?.seq ?? 0))
  );
}
