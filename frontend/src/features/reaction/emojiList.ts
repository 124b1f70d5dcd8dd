/** Every emoji with the words it is found by; a chunk of its own. */
import compact from 'emojibase-data/en/compact.json';

export interface Emoji {
  unicode: string;
  label: string;
  words: string;
}

/** Parts such as skin tones and letters of flags, which are no emoji by themselves. */
const components = 2;

export const emojiList: readonly Emoji[] = compact
  .filter((emoji) => emoji.group !== undefined && emoji.group !== components)
  .sort((a, b) => (a.order ?? 0) - (b.order ?? 0))
  .map(({ unicode, label, tags }) => ({
    unicode,
    label,
    words: `${label} ${tags?.join(' ') ?? ''}`.toLowerCase(),
  }));
