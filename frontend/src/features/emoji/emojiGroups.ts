/** What the emoji picker shows: a category of emoji, or the results of a search. Pure. */
import type { Emoji } from './emojiList';
import { findByWords } from './shortcode';

export interface EmojiGroup {
  label: string;
  items: readonly Emoji[];
}

/** The categories of Unicode, with their number in emojibase. */
export const categories = [
  { group: 0, label: 'Smileys and emotion', icon: '😀' },
  { group: 1, label: 'People and body', icon: '👋' },
  { group: 3, label: 'Animals and nature', icon: '🐻' },
  { group: 4, label: 'Food and drink', icon: '🍔' },
  { group: 5, label: 'Travel and places', icon: '✈️' },
  { group: 6, label: 'Activities', icon: '⚽' },
  { group: 7, label: 'Objects', icon: '💡' },
  { group: 8, label: 'Symbols', icon: '🔣' },
  { group: 9, label: 'Flags', icon: '🏁' },
] as const;

export const frequentEmoji = [
  ...['👍', '❤️', '😂', '🎉', '🙏', '👀', '✅', '🚀', '🔥'],
  ...['👏', '💯', '🤔', '😅', '😍', '😢', '😮', '👎', '☕'],
];

/** Maximum number of results shown. */
const maxFound = 90;

/** The first category follows frequent and custom emoji. A search covers all categories, best match first. */
export function groupEmoji(
  list: readonly Emoji[],
  custom: readonly Emoji[],
  category: number,
  search: string,
): EmojiGroup[] {
  if (search !== '') {
    const items = findByWords([...custom, ...list], search, maxFound);
    return nonEmpty([{ label: 'Search results', items }]);
  }
  const chosen = categories[category] ?? categories[0];
  const items = list.filter((emoji) => emoji.group === chosen.group);
  if (chosen !== categories[0]) return [{ label: chosen.label, items }];
  const frequent = frequentEmoji.flatMap((unicode) => {
    const emoji = list.find((emoji) => emoji.unicode === unicode);
    return emoji ? [{ ...emoji }] : [];
  });
  return nonEmpty([
    { label: 'Frequently used', items: frequent },
    { label: 'Custom emoji', items: custom },
    { label: chosen.label, items },
  ]);
}

function nonEmpty(groups: EmojiGroup[]): EmojiGroup[] {
  return groups.filter(({ items }) => items.length > 0);
}

export function rowsOf<T>(items: readonly T[], columns: number): T[][] {
  const count = Math.ceil(items.length / columns);
  return Array.from({ length: count }, (_, row) => items.slice(row * columns, (row + 1) * columns));
}
