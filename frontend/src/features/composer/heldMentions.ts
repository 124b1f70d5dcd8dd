/**
 * Converts between typed text, `hello @ann`, and stored text, `hello <@mem_…>`.
 *
 * Mentions from stored text or the completion menu keep their target while the text around them changes, so
 * unchanged text is stored unchanged even if handles have new owners. Pure.
 */
import { canStartMentionAfter, handlesAtStart, normalizeHandle } from '../member/handle';
import { renderedMentions } from '../message/grammar';
import { isGroup, storedMentionFor, storedMentionsIn } from '../message/mention';
import { type Range, type TypedMention, typedMentions } from './typedMentions';

/** A range of typed text with a fixed stored form. */
export interface HeldRange extends Range {
  /** The mention target, or null for literal text that looks like a mention. */
  target: string | null;
}

export interface TypedText {
  text: string;
  held: readonly HeldRange[];
}

export interface Stored {
  text: string;
  /** Distinct handles that resolve to a mention. */
  resolved: string[];
  /** Typed mentions that do not resolve. */
  unresolved: TypedMention[];
  /** All handles that typed text may contain. The longest existing one wins. */
  possible: string[];
}

/** A range that becomes a mention or stays `written`. */
interface Part extends Range {
  target: string | null;
  written: string;
}

/** Converts `<@mem_…>` to `@ann`. Keeps other text, and mentions of unknown members. */
export function displayMentions(
  stored: string,
  handleOf: (memberId: string) => string | undefined,
): TypedText {
  const named: Part[] = storedMentionsIn(stored).flatMap(({ from, to, target }) => {
    const handle = isGroup(target) ? target : handleOf(target);
    return handle === undefined ? [] : [{ from, to, target, written: `@${handle}` }];
  });
  const literal: Part[] = typedMentions(stored).map(({ at, handles }) => {
    const to = at + 1 + (handles[0]?.length ?? 0);
    return { from: at, to, target: null, written: stored.slice(at, to) };
  });
  const parts = inOrder([...renderedParts(stored, named), ...literal]);
  const { text, places } = replaceParts(stored, parts, ({ written }) => written);
  const held = parts.map(({ target }, index) => ({ ...rangeAt(places, index), target }));
  return { text, held };
}

/** Converts `@ann` to `<@mem_…>`, for held mentions and handles known to `memberIdOf`. */
export function storeMentions(
  field: TypedText,
  memberIdOf: (handle: string) => string | undefined,
): Stored {
  const { source, kept, literal } = withStoredMentions(field);
  const typed = typedMentions(source, literal);
  const unresolved: TypedMention[] = [];
  const parts = [...kept];
  for (const mention of typed) {
    const part = resolveMention(source, mention, memberIdOf);
    if (part) parts.push(part);
    else unresolved.push(mention);
  }
  const shown = new Set(renderedParts(source, inOrder(parts)));
  const stored = replaceParts(source, inOrder(parts), (part) =>
    shown.has(part) && part.target !== null ? storedMentionFor(part.target) : part.written,
  );
  const resolved = inOrder([...shown]).map(({ written }) => normalizeHandle(written.slice(1)));
  return {
    text: stored.text,
    resolved: [...new Set(resolved)],
    unresolved,
    possible: [...new Set(typed.flatMap(possibleHandles))],
  };
}

/** Replaces held mentions by their stored form, so that the parser sees the final text. */
function withStoredMentions({ text, held }: TypedText) {
  const parts = held.map((one) => ({ ...one, written: text.slice(one.from, one.to) }));
  const form = ({ target, written }: Part) =>
    target === null ? written : storedMentionFor(target);
  const { text: source, places } = replaceParts(text, parts, form);
  const placed = parts.map((part, index) => ({ ...part, ...rangeAt(places, index) }));
  return {
    source,
    kept: placed.filter(({ target }) => target !== null),
    literal: placed.filter(({ target }) => target === null),
  };
}

function possibleHandles({ handles }: TypedMention): string[] {
  const [longest] = handles;
  return longest && isGroup(longest.handle) ? [] : handles.map(({ handle }) => handle);
}

/** Resolves the longest existing handle. Groups match only exactly, so not in `@channel-list`. */
function resolveMention(
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
 * Returns the parts that render as mentions; the others stay as written. Enforces the invariant that exactly
 * the visibly mentioned members are notified.
 */
function renderedParts(source: string, parts: readonly Part[]): Part[] {
  let left = [...parts];
  while (left.length > 0) {
    const marks = new Map(left.map((part, index) => [part, placeholder(index)]));
    const marked = replaceParts(source, parts, (part) => {
      const mark = marks.get(part);
      return mark === undefined ? part.written : storedMentionFor(mark);
    });
    const seen = new Set(renderedMentions(marked.text));
    const next = left.filter((part) => seen.has(marks.get(part) ?? ''));
    if (next.length === left.length) return next;
    left = next;
  }
  return left;
}

/** An unused member id. */
function placeholder(index: number): string {
  return `mem_${String(index).padStart(52, '0')}`;
}

function inOrder(parts: readonly Part[]): Part[] {
  return [...parts].sort((a, b) => a.from - b.from);
}

/** Replaces each part. Returns the new text and the new ranges. */
function replaceParts<P extends Range>(
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

function rangeAt(places: readonly Range[], index: number): Range {
  return places[index] ?? { from: 0, to: 0 };
}

/**
 * Updates held ranges after an edit. Drops ranges that were edited or grew into a longer word.
 *
 * `caret` is the caret position after the edit. It disambiguates edits that lead to the same text.
 */
export function updateHeldRanges(
  { text, held }: TypedText,
  next: string,
  caret: number,
): HeldRange[] {
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

/** Whether the handle after an `@` has the same length and is still not part of an email or a URL. */
function isSameWord(before: string, was: number, after: string, is: number): boolean {
  const lengthAt = (text: string, at: number) =>
    handlesAtStart(text.slice(at + 1, at + 300))[0]?.length;
  const isFree = (text: string, at: number) => canStartMentionAfter(text.slice(0, at));
  return (
    lengthAt(before, was) === lengthAt(after, is) && (isFree(after, is) || !isFree(before, was))
  );
}

/** Trims the text. `keepStart` keeps leading whitespace, which stored text may have. */
export function trimField({ text, held }: TypedText, keepStart: boolean): TypedText {
  const by = keepStart ? 0 : text.length - text.trimStart().length;
  return {
    text: text.slice(by).trimEnd(),
    held: held.map((one) => ({ ...one, from: one.from - by, to: one.to - by })),
  };
}

/** Returns the changed range of the previous text. */
function changedPart(before: string, after: string, caret: number): [from: number, to: number] {
  const most = Math.min(before.length, after.length - caret);
  let end = 0;
  while (end < most && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const limit = Math.min(before.length, after.length) - end;
  let from = 0;
  while (from < limit && before[from] === after[from]) from += 1;
  return [from, before.length - end];
}
