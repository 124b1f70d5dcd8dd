/** Custom emoji, written as `:name:` in text. */
import { graphql } from '../../gql';
import type { EmojiFragment } from '../../gql/graphql';

export type Emoji = EmojiFragment;

export const EMOJI = graphql(`
  fragment Emoji on Emoji {
    id
    name
    url
    stillUrl
    creatorId
  }
`);

/** The original image and a still image. */
export type EmojiImages = Pick<Emoji, 'url' | 'stillUrl'>;

/** Valid emoji names. */
export const emojiNamePattern = /^[a-z0-9_+-]{2,32}$/;

/** Returns the name in `:name:`, or null for other text, such as 👍. */
export function parseEmojiName(text: string): string | null {
  return /^:([a-z0-9_+-]{2,32}):$/.exec(text)?.[1] ?? null;
}

/** Suggests an emoji name for a file: `Party Parrot.gif` becomes `party_parrot`. */
export function suggestEmojiName(file: string): string {
  return file
    .replace(/\.[^.]*$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9_+-]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 32);
}
