/**
 * Finds `@handle`s in typed text: only where the parser renders plain text, and not inside words, emails and
 * URLs. Pure.
 */
import {
  canStartMentionAfter,
  handlesAtStart,
  isHandlePrefix,
  type PossibleHandle,
} from '../member/handle';
import { plainTextIn } from '../message/grammar';
import { storedMentionsIn } from '../message/mention';

/** A range of a text. */
export interface Range {
  from: number;
  to: number;
}

export interface TypedMention {
  /** Index of the `@`. */
  at: number;
  /** Possible handles, longest first. */
  handles: readonly PossibleHandle[];
}

/** Private-use characters that mark positions during parsing. */
const firstMark = 0x10_0000;
const markPattern = /[\u{100000}-\u{10FFFD}]/u;

/** Returns all possible mentions outside the given ranges. */
export function typedMentions(text: string, except: readonly Range[] = []): TypedMention[] {
  if (!text.includes('@') || markPattern.test(text)) return [];
  const without = [...except, ...storedMentionsIn(text)];
  const candidates: TypedMention[] = [];
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    if (without.some(({ from, to }) => from <= at && at < to)) continue;
    if (!canStartMentionAfter(text.slice(0, at))) continue;
    const handles = handlesAtStart(text.slice(at + 1, at + 300));
    if (handles.length > 0) candidates.push({ at, handles });
  }
  return renderedAsText(text, candidates);
}

/** Keeps candidates that the parser renders as plain text. */
function renderedAsText(text: string, candidates: readonly TypedMention[]): TypedMention[] {
  if (candidates.length === 0) return [];
  const surroundingTexts = textAroundMarks(
    text,
    candidates.map(({ at }) => at + 1),
  );
  return candidates.flatMap(({ at, handles }, index) => {
    const surroundings = surroundingTexts[index];
    if (surroundings === undefined || !surroundings.before.endsWith('@')) return [];
    // Trailing emphasis marks are not rendered and not part of the handle.
    const fitting = handles.filter(
      ({ length }) => surroundings.after.slice(0, length) === text.slice(at + 1, at + 1 + length),
    );
    return fitting.length > 0 ? [{ at, handles: fitting }] : [];
  });
}

interface Surroundings {
  before: string;
  after: string;
}

/** Returns the plain text before and after each position, or undefined for other content. */
function textAroundMarks(text: string, places: readonly number[]): (Surroundings | undefined)[] {
  const markOf = (index: number) => String.fromCodePoint(firstMark + index);
  let marked = '';
  let done = 0;
  places.forEach((place, index) => {
    marked += text.slice(done, place) + markOf(index);
    done = place;
  });
  const found: (Surroundings | undefined)[] = places.map(() => undefined);
  for (const part of plainTextIn(marked + text.slice(done))) {
    const pieces = part.split(/([\u{100000}-\u{10FFFD}])/u);
    for (let at = 1; at < pieces.length; at += 2) {
      const index = (pieces[at]?.codePointAt(0) ?? 0) - firstMark;
      found[index] = { before: pieces[at - 1] ?? '', after: pieces[at + 1] ?? '' };
    }
  }
  return found;
}

/** Whether the position is inside plain text. */
export function isPlainTextAt(text: string, at: number): boolean {
  if (markPattern.test(text)) return true;
  if (textAroundMarks(text, [at])[0] === undefined) return false;
  // An unfinished code span has no closing backtick yet.
  const paragraph = text.slice(text.lastIndexOf('\n\n', at - 1) + 1, at);
  return (paragraph.replace(/\\`/g, '').match(/`/g)?.length ?? 0) % 2 === 0;
}

/** Returns the word after an `@` before the caret, or null. */
export function mentionAtCaret(text: string, caret: number): { from: number; word: string } | null {
  const from = text.lastIndexOf('@', caret - 1);
  if (from === -1 || caret - from > 100) return null;
  const word = text.slice(from + 1, caret);
  if (!isHandlePrefix(word) || !canStartMentionAfter(text.slice(0, from))) return null;
  return isPlainTextAt(text, from + 1) ? { from, word } : null;
}

/** Returns the normalized handle of the mention at the caret, or null. */
export function handleAtCaret(text: string, caret: number): string | null {
  const written = mentionAtCaret(text, caret);
  if (!written) return null;
  const [longest] = handlesAtStart(text.slice(written.from + 1, written.from + 300));
  return longest?.handle ?? null;
}
