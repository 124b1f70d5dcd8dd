/** Emoji `:shortcode:` completion. Pure. */
import type { Emoji } from './emojiList';

/** Returns the word after a colon, or null. Ignores colons inside words, such as in `10:30`. */
export function shortcodeAtCaret(
  text: string,
  caret: number,
): { from: number; word: string } | null {
  const match = /(?:^|[^\p{L}\p{N}:/])(:([a-z0-9_+-]{2,40}))$/iu.exec(text.slice(0, caret));
  const [, whole, word] = match ?? [];
  return whole && word ? { from: caret - whole.length, word: word.toLowerCase() } : null;
}

/** Returns the emoji whose complete `:shortcode:` ends at the caret. */
export function completedShortcode(
  text: string,
  caret: number,
  list: readonly Emoji[],
): { from: number; emoji: Emoji } | null {
  if (text[caret - 1] !== ':') return null;
  const written = shortcodeAtCaret(text, caret - 1);
  const emoji = written && list.find(({ shortcodes }) => shortcodes.includes(written.word));
  return emoji ? { from: written.from, emoji } : null;
}

/** Ranks exact shortcodes first, then prefixes, then substrings. */
export function findByShortcode(list: readonly Emoji[], word: string, limit: number): Emoji[] {
  return ranked(list, limit, ({ shortcodes }) => {
    if (shortcodes.includes(word)) return 0;
    if (shortcodes.some((code) => code.startsWith(word))) return 1;
    return shortcodes.some((code) => code.includes(word)) ? 2 : null;
  });
}

/** Ranks exact names first, then shortcode prefixes, words, word prefixes and substrings. */
export function findByWords(list: readonly Emoji[], search: string, limit: number): Emoji[] {
  if (search === '') return list.slice(0, limit);
  return ranked(list, limit, ({ label, shortcodes, words }) => {
    if (shortcodes.includes(search) || label.toLowerCase() === search) return 0;
    if (shortcodes.some((code) => code.startsWith(search))) return 1;
    const each = words.split(' ');
    if (each.includes(search)) return 2;
    if (each.some((word) => word.startsWith(search))) return 3;
    return words.includes(search) ? 4 : null;
  });
}

/** Sorts by rank, stable within a rank. Drops emoji with a null rank. */
function ranked(
  list: readonly Emoji[],
  limit: number,
  rankOf: (emoji: Emoji) => number | null,
): Emoji[] {
  return list
    .flatMap((emoji) => {
      const rank = rankOf(emoji);
      return rank === null ? [] : [{ emoji, rank }];
    })
    .sort((a, b) => a.rank - b.rank)
    .slice(0, limit)
    .map(({ emoji }) => emoji);
}
