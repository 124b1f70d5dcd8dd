/** Groups of the emoji picker. */
import { expect, it } from 'vitest';
import { categories, frequentEmoji, groupEmoji, rowsOf } from './emojiGroups';
import { type Emoji, emojiList } from './emojiList';

const custom: Emoji = {
  unicode: ':party_key:',
  label: ':party_key:',
  words: 'party_key',
  shortcodes: ['party_key'],
};

it('puts every emoji into exactly one category', () => {
  const grouped = categories.flatMap(
    (_, index) => groupEmoji(emojiList, [], index, '').at(-1)?.items,
  );
  expect(grouped).toHaveLength(emojiList.length);
  expect(new Set(grouped)).toEqual(new Set(emojiList));
});

it('shows frequent and custom emoji before the first category', () => {
  const groups = groupEmoji(emojiList, [custom], 0, '');
  expect(groups.map(({ label }) => label)).toEqual([
    'Frequently used',
    'Custom emoji',
    'Smileys and emotion',
  ]);
  expect(groups[0]?.items.map(({ unicode }) => unicode)).toEqual(frequentEmoji);
  expect(groupEmoji(emojiList, [custom], 1, '').map(({ label }) => label)).toEqual([
    'People and body',
  ]);
});

it('searches all categories and custom emoji, best match first', () => {
  const [found, ...others] = groupEmoji(emojiList, [custom], 3, 'key');
  expect(others).toEqual([]);
  expect(found?.items[0]?.unicode).toBe('🔑');
  expect(found?.items).toContain(custom);
  expect(groupEmoji(emojiList, [custom], 0, 'nothing like it')).toEqual([]);
});

it('splits items into rows', () => {
  expect(rowsOf([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect(rowsOf([], 2)).toEqual([]);
});
