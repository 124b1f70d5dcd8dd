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
  const rank = ({ shortcodes }: Emoji) => {
    if (shortcodes.includes(word)) return 0;
    if (shortcodes.some((code) => code.startsWith(word))) return 1;
    return shortcodes.some((code) => code.includes(word)) ? 2 : 3;
  };
  return list
    .map((emoji) => ({ emoji, rank: rank(emoji) }))
    .filter((found) => found.rank < 3)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, most)
    .map(({ emoji }) => emoji);
}
