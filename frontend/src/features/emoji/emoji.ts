/** An emoji of the workspace, and how it stands in a text: `:name:`. */
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

/** Its picture as it is, and one that stands still. */
export type EmojiForms = Pick<Emoji, 'url' | 'stillUrl'>;

/** What an emoji may be called. */
export const emojiName = /^[a-z0-9_+-]{2,32}$/;

/** The name in `:name:`, or null for what is something else, such as 👍. */
export function nameOfEmoji(text: string): string | null {
  return /^:([a-z0-9_+-]{2,32}):$/.exec(text)?.[1] ?? null;
}

/** A name for a picture that was chosen: `Party Parrot.gif` becomes `party_parrot`. */
export function nameForFile(file: string): string {
  return file
    .replace(/\.[^.]*$/, '')
    .toLowerCase()
    .replace(/[^a-z0-9_+-]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 32);
}
