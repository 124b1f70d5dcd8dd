/** Emoji shortcodes while typing. */
import { describe, expect, it } from 'vitest';
import { emojiList } from './emojiList';
import { normalizeEmoji } from './normalizeEmoji';
import { completedShortcode, findByShortcode, findByWords, shortcodeAtCaret } from './shortcode';

const found = (word: string) => findByShortcode(emojiList, word, 5).map((emoji) => emoji.unicode);

describe('shortcodeAtCaret', () => {
  it.each([
    [':ta', 'ta'],
    ['so :tad', 'tad'],
    ['(:+1', '+1'],
    ['👍:ta', 'ta'],
  ])('finds the word in %j', (text, word) => {
    expect(shortcodeAtCaret(text, text.length)?.word).toBe(word);
  });

  it.each([':', ':t', 'at 10:30', 'http://ab', 'a::bc', 'tada: yes', ': ta'])(
    'finds nothing in %j',
    (text) => {
      expect(shortcodeAtCaret(text, text.length)).toBeNull();
    },
  );
});

describe('completedShortcode', () => {
  it('returns the emoji and the start of a complete shortcode', () => {
    const text = 'done :tada:';
    const written = completedShortcode(text, text.length, emojiList);
    expect(written).toMatchObject({ from: 5, emoji: { unicode: '🎉' } });
  });

  it('returns null for unknown shortcodes', () => {
    expect(completedShortcode(':nothing_like_it:', 17, emojiList)).toBeNull();
  });
});

describe('findByShortcode', () => {
  it('ranks the exact match first', () => {
    expect(found('heart')[0]).toBe('❤️');
    expect(found('+1')[0]).toBe('👍');
  });

  it('matches prefixes and substrings', () => {
    expect(found('rocke')).toContain('🚀');
    expect(found('nothing_like_it')).toEqual([]);
  });
});

describe('findByWords', () => {
  it.each([
    ['key', '🔑'],
    ['ok', '🆗'],
    ['fire', '🔥'],
    ['rocket', '🚀'],
    ['cat', '🐱'],
    ['eyes', '👀'],
    ['x', '❌'],
    ['tad', '🎉'],
    ['thumbs up', '👍'],
  ])('ranks the best match for %s first', (word, emoji) => {
    expect(findByWords(emojiList, word, 5)[0]?.unicode).toBe(normalizeEmoji(emoji));
  });

  it('keeps the list order without a search', () => {
    expect(findByWords(emojiList, '', 3)).toEqual(emojiList.slice(0, 3));
  });
});
