/** All emoji with search words and shortcodes. Loaded as a separate chunk. */
import compact from 'emojibase-data/en/compact.json';
import github from 'emojibase-data/en/shortcodes/github.json';
import type { EmojiImages } from './emoji';
import { normalizeEmoji } from './normalizeEmoji';

export interface Emoji {
  /** The text form: the character, or `:name:` of a custom emoji. */
  unicode: string;
  label: string;
  words: string;
  /** Without colons, the most common first. */
  shortcodes: readonly string[];
  /** The category. Custom emoji have none. */
  group?: number | undefined;
  /** The image of a custom emoji. */
  picture?: EmojiImages;
}

/** The group of components, such as skin tones, which are not emoji by themselves. */
const components = 2;

const codes = github as Record<string, string | string[]>;

export const emojiList: readonly Emoji[] = compact
  .filter((emoji) => emoji.group !== undefined && emoji.group !== components)
  .sort((a, b) => (a.order ?? 0) - (b.order ?? 0))
  .map(({ unicode, label, tags, hexcode, group }) => {
    const shortcodes = [codes[hexcode] ?? []].flat();
    return {
      unicode: normalizeEmoji(unicode),
      label,
      words: `${label} ${tags?.join(' ') ?? ''} ${shortcodes.join(' ')}`.toLowerCase(),
      shortcodes,
      group,
    };
  });
