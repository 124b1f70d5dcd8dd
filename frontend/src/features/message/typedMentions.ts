/**
 * The `@handle`s in a text that is being written: where the parser that draws would draw text, and not
 * inside of words and addresses. Pure.
 */
import {
  handlesAtStart,
  isBeginning,
  mayMentionBehind,
  type PossibleHandle,
} from '../member/handle';
import { plainTextIn } from './grammar';
import { storedMentionsIn } from './mention';

/** A part of a text. */
export interface Range {
  from: number;
  to: number;
}

export interface TypedMention {
  /** Where the `@` stands. */
  at: number;
  /** Whom it may mean, the longest first. */
  handles: readonly PossibleHandle[];
}

/** Characters for nobody's use, one for each place that is looked for after parsing. */
const firstMark = 0x10_0000;
const markPattern = /[\u{100000}-\u{10FFFD}]/u;

/** Everything that may be a mention, except inside of the given parts. */
export function typedMentions(text: string, except: readonly Range[] = []): TypedMention[] {
  if (!text.includes('@') || markPattern.test(text)) return [];
  const without = [...except, ...storedMentionsIn(text)];
  const candidates: TypedMention[] = [];
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    if (without.some(({ from, to }) => from <= at && at < to)) continue;
    if (!mayMentionBehind(text.slice(0, at))) continue;
    const handles = handlesAtStart(text.slice(at + 1, at + 300));
    if (handles.length > 0) candidates.push({ at, handles });
  }
  return drawnAsText(text, candidates);
}

/** Those of which the `@` and what follows it come out of the parser as text. */
function drawnAsText(text: string, candidates: readonly TypedMention[]): TypedMention[] {
  if (candidates.length === 0) return [];
  const behind = textBehindMarks(
    text,
    candidates.map(({ at }) => at + 1),
  );
  return candidates.flatMap(({ at, handles }, index) => {
    const drawn = behind[index];
    if (drawn === undefined || !drawn.before.endsWith('@')) return [];
    // A mark of emphasis behind a handle is not drawn, and does not belong to it.
    const fitting = handles.filter(
      ({ length }) => drawn.after.slice(0, length) === text.slice(at + 1, at + 1 + length),
    );
    return fitting.length > 0 ? [{ at, handles: fitting }] : [];
  });
}

interface Drawn {
  before: string;
  after: string;
}

/** What is drawn as text before and behind each place, undefined where something else is. */
function textBehindMarks(text: string, places: readonly number[]): (Drawn | undefined)[] {
  const markOf = (index: number) => String.fromCodePoint(firstMark + index);
  let marked = '';
  let done = 0;
  places.forEach((place, index) => {
    marked += text.slice(done, place) + markOf(index);
    done = place;
  });
  const found: (Drawn | undefined)[] = places.map(() => undefined);
  for (const part of plainTextIn(marked + text.slice(done))) {
    const pieces = part.split(/([\u{100000}-\u{10FFFD}])/u);
    for (let at = 1; at < pieces.length; at += 2) {
      const index = (pieces[at]?.codePointAt(0) ?? 0) - firstMark;
      found[index] = { before: pieces[at - 1] ?? '', after: pieces[at + 1] ?? '' };
    }
  }
  return found;
}

/** Whether what is written at the place is text, as far as it stands there by now. */
export function isTextAt(text: string, at: number): boolean {
  if (markPattern.test(text)) return true;
  if (textBehindMarks(text, [at])[0] === undefined) return false;
  // A code span that is being written has no end yet.
  const paragraph = text.slice(text.lastIndexOf('\n\n', at - 1) + 1, at);
  return (paragraph.replace(/\\`/g, '').match(/`/g)?.length ?? 0) % 2 === 0;
}

/** What is being written before the caret: the word after an `@`, or null. */
export function mentionBeingWritten(
  text: string,
  caret: number,
): { from: number; word: string } | null {
  const from = text.lastIndexOf('@', caret - 1);
  if (from === -1 || caret - from > 100) return null;
  const word = text.slice(from + 1, caret);
  if (!isBeginning(word) || !mayMentionBehind(text.slice(0, from))) return null;
  return isTextAt(text, from + 1) ? { from, word } : null;
}

/** The whole handle of the mention that is being written at the caret, in its one form, or null. */
export function handleAt(text: string, caret: number): string | null {
  const written = mentionBeingWritten(text, caret);
  if (!written) return null;
  const [longest] = handlesAtStart(text.slice(written.from + 1, written.from + 300));
  return longest?.handle ?? null;
}
