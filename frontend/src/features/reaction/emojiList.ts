/** Every emoji with the words it is found by and its `:shortcode:`; a chunk of its own. */
import compact from 'emojibase-data/en/compact.json';
import github from 'emojibase-data/en/shortcodes/github.json';
import type { EmojiForms } from '../emoji/emoji';
import { normalEmoji } from './normalEmoji';

export interface Emoji {
  /** What stands in a text: the character, or `:name:` of one of the workspace. */
  unicode: string;
  label: string;
  words: string;
  /** Without the colons, the usual one first; empty where none is common. */
  shortcodes: readonly string[];
  /** The picture of one of the workspace. */
  picture?: EmojiForms;
}

/** Parts such as skin tones and letters of flags, which are no emoji by themselves. */
const components = 2;

const codes = github as Record<string, string | string[]>;

export const emojiList: readonly Emoji[] = compact
  .filter((emoji) => emoji.group !== undefined && emoji.group !== components)
  .sort((a, b) => (a.order ?? 0) - (b.order ?? 0))
  .map(({ unicode, label, tags, hexcode }) => {
    const shortcodes = [codes[hexcode] ?? []].flat();
    return {
      unicode: normalEmoji(unicode),
      label,
      words: `${label} ${tags?.join(' ') ?? ''} ${shortcodes.join(' ')}`.toLowerCase(),
      shortcodes,
    };
  });
