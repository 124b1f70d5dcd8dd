/**
 * Handle rules, as documented in docs/handles.md and enforced by the server: letters and digits of any
 * script with their marks, and `.`, `-` and `_` between them, in a normal form. Pure.
 */

/** Letters, digits and marks. Excludes invisible characters. */
const wordChar = '(?!\\p{Default_Ignorable_Code_Point})[\\p{Alphabetic}\\p{N}\\p{M}]';
const firstChar = '(?!\\p{Default_Ignorable_Code_Point})[\\p{Alphabetic}\\p{N}]';

const wordStart = new RegExp(`^(?:${wordChar})`, 'u');
const wordEnd = new RegExp(`(?:${wordChar})$`, 'u');
const fullHandle = new RegExp(`^${firstChar}(?:(?:${wordChar}|[._-])*${wordChar})?$`, 'u');
const handleRun = new RegExp(`^${firstChar}(?:(?:${wordChar}|[._-]){0,200}${wordChar})?`, 'u');
const prefixPattern = new RegExp(`^(?:${firstChar}(?:${wordChar}|[._-])*)?$`, 'u');

/** Maximum length of a handle, in characters. */
const maxCharacters = 32;

/** Matches text that ends in a word, in the local part of an email (`ann+`), or in a URL path. */
const addressEnd = new RegExp(`(?:${wordChar})[_%+-]*$|\\p{L}\\.\\p{L}{2,}(?::\\d+)?/\\S*$`, 'u');
/** Number of characters checked before the `@`. */
const addressReach = 256;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

function startsWithWord(text: string): boolean {
  return wordStart.test(text);
}

function endsWithWord(text: string): boolean {
  return wordEnd.test(text);
}

/** Normalizes a handle. Lower-cases letter by letter, so that a final sigma becomes a regular one. */
export function normalizeHandle(written: string): string {
  const lower = Array.from(written.normalize('NFKC'), (letter) => letter.toLowerCase());
  return lower.join('').normalize('NFKC');
}

/** Returns the normalized handle, or null if invalid. */
export function parseHandle(written: string): string | null {
  const handle = normalizeHandle(written.trim().replace(/^@+/, ''));
  return fullHandle.test(handle) && [...handle].length <= maxCharacters ? handle : null;
}

/** Whether the text is a valid beginning of a handle. Accepts the empty text. */
export function isHandlePrefix(written: string): boolean {
  return prefixPattern.test(written);
}

/** Whether an `@` after this text starts a mention, that is, not inside a word, an email or a URL. */
export function canStartMentionAfter(before: string): boolean {
  return !addressEnd.test(before.slice(-addressReach));
}

/** A possible handle at the start of a text, and its length in UTF-16 code units. */
export interface PossibleHandle {
  handle: string;
  length: number;
}

/**
 * Returns the possible handles at the start of the text after an `@`, longest first. None ends within a word
 * or a grapheme.
 */
export function handlesAtStart(text: string): PossibleHandle[] {
  const [written = ''] = handleRun.exec(text.slice(0, 256)) ?? [];
  if (written === '') return [];
  const ends = new Set(
    [...graphemes.segment(text.slice(0, written.length + 16))].map((g) => g.index),
  );
  ends.add(text.length);
  const found: PossibleHandle[] = [];
  for (let length = written.length; length > 0; length--) {
    if (!ends.has(length) || !endsWithWord(text.slice(0, length))) continue;
    if (startsWithWord(text.slice(length))) continue;
    const handle = parseHandle(text.slice(0, length));
    if (handle !== null) found.push({ handle, length });
  }
  return found;
}
