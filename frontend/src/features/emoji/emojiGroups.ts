/** What the emoji picker shows: a category of emoji, or the results of a search. Pure. */
import { m } from '../../paraglide/messages';
import type { Emoji } from './emojiList';
import { findByWords } from './shortcode';

export interface EmojiGroup {
  label: string;
  items: readonly Emoji[];
}

/** The categories of Unicode, with their number in emojibase. */
export const categories = [
  { group: 0, label: m.emoji_category_smileys, icon: '😀' },
  { group: 1, label: m.emoji_category_people, icon: '👋' },
  { group: 3, label: m.emoji_category_animals, icon: '🐻' },
  { group: 4, label: m.emoji_category_food, icon: '🍔' },
  { group: 5, label: m.emoji_category_travel, icon: '✈️' },
  { group: 6, label: m.emoji_category_activities, icon: '⚽' },
  { group: 7, label: m.emoji_category_objects, icon: '💡' },
  { group: 8, label: m.emoji_category_symbols, icon: '🔣' },
  { group: 9, label: m.emoji_category_flags, icon: '🏁' },
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
    return nonEmpty([{ label: m.emoji_grid_found(), items }]);
  }
  const chosen = categories[category] ?? categories[0];
  const items = list.filter((emoji) => emoji.group === chosen.group);
  if (chosen !== categories[0]) return [{ label: chosen.label(), items }];
  const frequent = frequentEmoji.flatMap((unicode) => {
    const emoji = list.find((emoji) => emoji.unicode === unicode);
    return emoji ? [{ ...emoji }] : [];
  });
  return nonEmpty([
    { label: m.emoji_grid_frequent(), items: frequent },
    { label: m.emoji_grid_custom(), items: custom },
    { label: chosen.label(), items },
  ]);
}

function nonEmpty(groups: EmojiGroup[]): EmojiGroup[] {
  return groups.filter(({ items }) => items.length > 0);
}

export function rowsOf<T>(items: readonly T[], columns: number): T[][] {
  const count = Math.ceil(items.length / columns);
  return Array.from({ length: count }, (_, row) => items.slice(row * columns, (row + 1) * columns));
}
