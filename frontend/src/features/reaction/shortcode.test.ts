/** Shortcodes of emoji while they are being written. */
import { describe, expect, it } from 'vitest';
import { emojiList } from './emojiList';
import { normalEmoji } from './normalEmoji';
import { findByShortcode, findByWords, shortcodeBeingWritten, shortcodeWritten } from './shortcode';

const found = (word: string) => findByShortcode(emojiList, word, 5).map((emoji) => emoji.unicode);

describe('shortcodeBeingWritten', () => {
  it.each([
    [':ta', 'ta'],
    ['so :tad', 'tad'],
    ['(:+1', '+1'],
    ['👍:ta', 'ta'],
  ])('finds the word in %j', (text, word) => {
    expect(shortcodeBeingWritten(text, text.length)?.word).toBe(word);
  });

  it.each([':', ':t', 'at 10:30', 'http://ab', 'a::bc', 'tada: yes', ': ta'])(
    'finds nothing in %j',
    (text) => {
      expect(shortcodeBeingWritten(text, text.length)).toBeNull();
    },
  );
});

describe('shortcodeWritten', () => {
  it('is the emoji of a whole shortcode, and where it began', () => {
    const text = 'done :tada:';
    const written = shortcodeWritten(text, text.length, emojiList);
    expect(written).toMatchObject({ from: 5, emoji: { unicode: '🎉' } });
  });

  it('is nothing for other words', () => {
    expect(shortcodeWritten(':nothing_like_it:', 17, emojiList)).toBeNull();
  });
});

describe('findByShortcode', () => {
  it('has the exact one first', () => {
    expect(found('heart')[0]).toBe('❤️');
    expect(found('+1')[0]).toBe('👍');
  });

  it('finds by the beginning and by a part', () => {
    expect(found('rocke')).toContain('🚀');
    expect(found('nothing_like_it')).toEqual([]);
  });
});

describe('a search of the picker', () => {
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
  ])('puts what is called %s first', (word, emoji) => {
    expect(findByWords(emojiList, word, 5)[0]?.unicode).toBe(normalEmoji(emoji));
  });

  it('keeps the order of the list where nothing is searched', () => {
    expect(findByWords(emojiList, '', 3)).toEqual(emojiList.slice(0, 3));
  });
});
