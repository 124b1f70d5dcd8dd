/** Applies emoji events to the cache. */
import type { ApolloCache, Reference } from '@apollo/client';
import { EMOJI, type Emoji } from './emoji';

/** Appends the emoji. The newest emoji of a name wins. */
export function emojiCreated(cache: ApolloCache, workspaceId: string, emoji: Emoji): void {
  const ref = cache.writeFragment({
    fragment: EMOJI,
    fragmentName: 'Emoji',
    data: { ...emoji, __typename: 'Emoji' },
  });
  if (!ref) return;
  cache.modify<{ emoji: readonly Reference[] }>({
    id: `Workspace:${workspaceId}`,
    fields: {
      emoji: (list) => [...list.filter((known) => known.__ref !== ref.__ref), ref],
    },
  });
}

export function emojiDeleted(cache: ApolloCache, workspaceId: string, emojiId: string): void {
  cache.modify<{ emoji: readonly Reference[] }>({
    id: `Workspace:${workspaceId}`,
    fields: {
      emoji: (list) => list.filter((known) => known.__ref !== `Emoji:${emojiId}`),
    },
  });
}
