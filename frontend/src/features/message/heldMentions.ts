/**
 * A text in the field, `hello @ann`, and the same text as it is stored, `hello <@mem_…>`.
 *
 * What stands in a field keeps whom it means: each mention that was read from a stored text, or picked
 * from a list, is held at its place while the text around it changes. So a text that is not changed is
 * stored as it was, whoever has which handle by now. Pure.
 */
import { handlesAtStart, mayMentionBehind, normalHandle } from '../member/handle';
import { drawnMentions } from './grammar';
import { isGroup, storedFormOf, storedMentionsIn } from './mention';
import { type Range, type TypedMention, typedMentions } from './typedMentions';

/** A part of the field that is stored as something else, or as it stands whatever it may mean. */
export interface Held extends Range {
  /** Who is mentioned; null for what only looks like a mention. */
  target: string | null;
}

export interface Field {
  text: string;
  held: readonly Held[];
}

export interface Stored {
  text: string;
  /** The handles that mention somebody, each once. */
  resolved: string[];
  /** What was typed and means nobody who is known. */
  unresolved: TypedMention[];
  /** Every handle that was typed, or that a part of what was typed may be: longer ones win over shorter ones. */
  possible: string[];
}

/** A part of a source that is to be a mention, or to stay `written`. */
interface Part extends Range {
  target: string | null;
  written: string;
}

/** `<@mem_…>` → `@ann`. What is no mention, or of nobody whose handle is known, stays as it is. */
export function writeMentions(
  stored: string,
  handleOf: (memberId: string) => string | undefined,
): Field {
  const named: Part[] = storedMentionsIn(stored).flatMap(({ from, to, target }) => {
    const handle = isGroup(target) ? target : handleOf(target);
    return handle === undefined ? [] : [{ from, to, target, written: `@${handle}` }];
  });
  const literal: Part[] = typedMentions(stored).map(({ at, handles }) => {
    const to = at + 1 + (handles[0]?.length ?? 0);
    return { from: at, to, target: null, written: stored.slice(at, to) };
  });
  const parts = inOrder([...drawn(stored, named), ...literal]);
  const { text, places } = replaced(stored, parts, ({ written }) => written);
  const held = parts.map(({ target }, index) => ({ ...placeAt(places, index), target }));
  return { text, held };
}

/** `@ann` → `<@mem_…>`, for what is held and for the handles that `memberIdOf` knows. */
export function storeMentions(
  field: Field,
  memberIdOf: (handle: string) => string | undefined,
): Stored {
  const { source, kept, literal } = withHeldAsStored(field);
  const typed = typedMentions(source, literal);
  const unresolved: TypedMention[] = [];
  const parts = [...kept];
  for (const mention of typed) {
    const part = meantBy(source, mention, memberIdOf);
    if (part) parts.push(part);
    else unresolved.push(mention);
  }
  const shown = new Set(drawn(source, inOrder(parts)));
  const stored = replaced(source, inOrder(parts), (part) =>
    shown.has(part) && part.target !== null ? storedFormOf(part.target) : part.written,
  );
  const resolved = inOrder([...shown]).map(({ written }) => normalHandle(written.slice(1)));
  return {
    text: stored.text,
    resolved: [...new Set(resolved)],
    unresolved,
    possible: [...new Set(typed.flatMap(possibleOf))],
  };
}

/** The text with what is held as it is stored, so that the parser sees what it will see. */
function withHeldAsStored({ text, held }: Field) {
  const parts = held.map((one) => ({ ...one, written: text.slice(one.from, one.to) }));
  const form = ({ target, written }: Part) => (target === null ? written : storedFormOf(target));
  const { text: source, places } = replaced(text, parts, form);
  const placed = parts.map((part, index) => ({ ...part, ...placeAt(places, index) }));
  return {
    source,
    kept: placed.filter(({ target }) => target !== null),
    literal: placed.filter(({ target }) => target === null),
  };
}

function possibleOf({ handles }: TypedMention): string[] {
  const [longest] = handles;
  return longest && isGroup(longest.handle) ? [] : handles.map(({ handle }) => handle);
}

/** The longest handle that exists. A whole group is meant only by its own name, not by `@channel-list`. */
function meantBy(
  source: string,
  { at, handles }: TypedMention,
  memberIdOf: (handle: string) => string | undefined,
): Part | null {
  for (const [index, { handle, length }] of handles.entries()) {
    const target = isGroup(handle) ? (index === 0 ? handle : undefined) : memberIdOf(handle);
    const to = at + 1 + length;
    if (target !== undefined) return { from: at, to, target, written: source.slice(at, to) };
  }
  return null;
}

/**
 * Those that the parser draws as mentions once they stand there as such, the others as they are written:
 * the law that who is notified is who is seen to be.
 */
function drawn(source: string, parts: readonly Part[]): Part[] {
  let left = [...parts];
  while (left.length > 0) {
    const marks = new Map(left.map((part, index) => [part, placeholder(index)]));
    const marked = replaced(source, parts, (part) => {
      const mark = marks.get(part);
      return mark === undefined ? part.written : storedFormOf(mark);
    });
    const seen = new Set(drawnMentions(marked.text));
    const next = left.filter((part) => seen.has(marks.get(part) ?? ''));
    if (next.length === left.length) return next;
    left = next;
  }
  return left;
}

/** An id that no member has. */
function placeholder(index: number): string {
  return `mem_00000000-0000-7000-8000-${String(index).padStart(12, '0')}`;
}

function inOrder(parts: readonly Part[]): Part[] {
  return [...parts].sort((a, b) => a.from - b.from);
}

/** Puts something in the place of each part, and says where it stands then. */
function replaced<P extends Range>(
  source: string,
  parts: readonly P[],
  by: (part: P) => string,
): { text: string; places: Range[] } {
  let text = '';
  let done = 0;
  const places = parts.map((part) => {
    text += source.slice(done, part.from);
    done = part.to;
    const from = text.length;
    text += by(part);
    return { from, to: text.length };
  });
  return { text: text + source.slice(done), places };
}

function placeAt(places: readonly Range[], index: number): Range {
  return places[index] ?? { from: 0, to: 0 };
}

/**
 * What is held after a change. What was changed itself, or grew into a longer word, is held no longer.
 *
 * `caret` is where the caret stands behind what was written or taken away: of several ways in which one
 * text can become the other, it says which it was.
 */
export function heldAfter({ text, held }: Field, next: string, caret: number): Held[] {
  if (held.length === 0) return [];
  const [from, to] = changedPart(text, next, caret);
  const shift = next.length - text.length;
  return held.flatMap((one) => {
    if (one.to > from && one.from < to) return [];
    const by = one.to <= from ? 0 : shift;
    const moved = { ...one, from: one.from + by, to: one.to + by };
    return isSameWord(text, one.from, next, moved.from) ? moved : [];
  });
}

/** Whether the handle behind an `@` is as long as it was, and still no part of an address. */
function isSameWord(before: string, was: number, after: string, is: number): boolean {
  const lengthAt = (text: string, at: number) =>
    handlesAtStart(text.slice(at + 1, at + 300))[0]?.length;
  const isFree = (text: string, at: number) => mayMentionBehind(text.slice(0, at));
  return (
    lengthAt(before, was) === lengthAt(after, is) && (isFree(after, is) || !isFree(before, was))
  );
}

/** Without what is blank at the end, and at the beginning unless that was stored so. */
export function withoutBlanks({ text, held }: Field, keepStart: boolean): Field {
  const by = keepStart ? 0 : text.length - text.trimStart().length;
  return {
    text: text.slice(by).trimEnd(),
    held: held.map((one) => ({ ...one, from: one.from - by, to: one.to - by })),
  };
}

/** Which part of the text before has become something else. */
function changedPart(before: string, after: string, caret: number): [from: number, to: number] {
  const most = Math.min(before.length, after.length - caret);
  let end = 0;
  while (end < most && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const limit = Math.min(before.length, after.length) - end;
  let from = 0;
  while (from < limit && before[from] === after[from]) from += 1;
  return [from, before.length - end];
}
