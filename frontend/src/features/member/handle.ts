/**
 * What a handle is, as docs/handles.md says and the server checks: letters and digits of any script
 * with their marks, and `.`, `-` and `_` between them, in one normal form. Pure.
 */

/** Letters, digits and marks; nothing that cannot be seen. */
const ofWord = '(?!\\p{Default_Ignorable_Code_Point})[\\p{Alphabetic}\\p{N}\\p{M}]';
const first = '(?!\\p{Default_Ignorable_Code_Point})[\\p{Alphabetic}\\p{N}]';

const wordStart = new RegExp(`^(?:${ofWord})`, 'u');
const wordEnd = new RegExp(`(?:${ofWord})$`, 'u');
const whole = new RegExp(`^${first}(?:(?:${ofWord}|[._-])*${ofWord})?$`, 'u');
const run = new RegExp(`^${first}(?:(?:${ofWord}|[._-]){0,200}${ofWord})?`, 'u');
const beginning = new RegExp(`^(?:${first}(?:${ofWord}|[._-])*)?$`, 'u');

/** The most characters of a handle. */
const mostCharacters = 32;

/** A word or the first part of a mail address ends here, `ann` or `ann+` but not `Thanks...`; or a path goes on. */
const ofAddress = new RegExp(`(?:${ofWord})[_%+-]*$|\\p{L}\\.\\p{L}{2,}(?::\\d+)?/\\S*$`, 'u');
/** How far back that is looked for. */
const addressReach = 256;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

export function beginsWithWord(text: string): boolean {
  return wordStart.test(text);
}

export function endsWithWord(text: string): boolean {
  return wordEnd.test(text);
}

/** The one form of a handle, however it is written. Letter by letter: a final sigma is a sigma. */
export function normalHandle(written: string): string {
  const lower = Array.from(written.normalize('NFKC'), (letter) => letter.toLowerCase());
  return lower.join('').normalize('NFKC');
}

/** The handle in its one form, or null for what can be none. */
export function handleOf(written: string): string | null {
  const handle = normalHandle(written.trim().replace(/^@+/, ''));
  return whole.test(handle) && [...handle].length <= mostCharacters ? handle : null;
}

/** Whether a handle may begin like that; nothing is a beginning, too. */
export function isBeginning(written: string): boolean {
  return beginning.test(written);
}

/** Whether an `@` behind such a text begins a mention: not inside of a word or of an address. */
export function mayMentionBehind(before: string): boolean {
  return !ofAddress.test(before.slice(-addressReach));
}

/** A handle that may stand at the beginning of a text, and how many units of the text it takes. */
export interface PossibleHandle {
  handle: string;
  length: number;
}

/**
 * The handles that a text behind an `@` may begin with, the longest first. None of them ends within a
 * word, or within what is read as one character.
 */
export function handlesAtStart(text: string): PossibleHandle[] {
  const [written = ''] = run.exec(text.slice(0, 256)) ?? [];
  if (written === '') return [];
  const ends = new Set(
    [...graphemes.segment(text.slice(0, written.length + 16))].map((g) => g.index),
  );
  ends.add(text.length);
  const found: PossibleHandle[] = [];
  for (let length = written.length; length > 0; length--) {
    if (!ends.has(length) || !endsWithWord(text.slice(0, length))) continue;
    if (beginsWithWord(text.slice(length))) continue;
    const handle = handleOf(text.slice(0, length));
    if (handle !== null) found.push({ handle, length });
  }
  return found;
}
