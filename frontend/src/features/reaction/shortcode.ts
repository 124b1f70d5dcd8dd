/** `:shortcode:` while a message is being written. Pure. */
import type { Emoji } from './emojiList';

/** The word after a colon that is not inside of another word, such as in `10:30`, or null. */
export function shortcodeBeingWritten(
  text: string,
  caret: number,
): { from: number; word: string } | null {
  const match = /(?:^|[^\p{L}\p{N}:/])(:([a-z0-9_+-]{2,40}))$/iu.exec(text.slice(0, caret));
  const [, whole, word] = match ?? [];
  return whole && word ? { from: caret - whole.length, word: word.toLowerCase() } : null;
}

/** The emoji whose whole `:shortcode:` ends at the caret. */
export function shortcodeWritten(
  text: string,
  caret: number,
  list: readonly Emoji[],
): { from: number; emoji: Emoji } | null {
  if (text[caret - 1] !== ':') return null;
  const written = shortcodeBeingWritten(text, caret - 1);
  const emoji = written && list.find(({ shortcodes }) => shortcodes.includes(written.word));
  return emoji ? { from: written.from, emoji } : null;
}

/** Those whose shortcode is the word, begins with it or contains it, in this order. */
export function findByShortcode(list: readonly Emoji[], word: string, most: number): Emoji[] {
  return ranked(list, most, ({ shortcodes }) => {
    if (shortcodes.includes(word)) return 0;
    if (shortcodes.some((code) => code.startsWith(word))) return 1;
    return shortcodes.some((code) => code.includes(word)) ? 2 : null;
  });
}

/** Those that are called so, then those with a shortcode, a word or a part of one that fits, in this order. */
export function findByWords(list: readonly Emoji[], search: string, most: number): Emoji[] {
  if (search === '') return list.slice(0, most);
  return ranked(list, most, ({ label, shortcodes, words }) => {
    if (shortcodes.includes(search) || label.toLowerCase() === search) return 0;
    if (shortcodes.some((code) => code.startsWith(search))) return 1;
    const each = words.split(' ');
    if (each.includes(search)) return 2;
    if (each.some((word) => word.startsWith(search))) return 3;
    return words.includes(search) ? 4 : null;
  });
}

/** The best first, those of one rank in their order; null is none. */
function ranked(
  list: readonly Emoji[],
  most: number,
  rankOf: (emoji: Emoji) => number | null,
): Emoji[] {
  return list
    .flatMap((emoji) => {
      const rank = rankOf(emoji);
      return rank === null ? [] : [{ emoji, rank }];
    })
    .sort((a, b) => a.rank - b.rank)
    .slice(0, most)
    .map(({ emoji }) => emoji);
}
