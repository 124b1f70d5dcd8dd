/**
 * Apollo cache policies. The cache holds entities by id: messages, members, channels, read states. Which
 * messages a view shows, and in what order, lives in `features/message/timeline.ts`, because windows
 * with gaps are awkward as a field policy and simple as a list.
 */
import { type FieldPolicy, InMemoryCache } from '@apollo/client';

/** File metadata never reverts to null: a response may be older than an event. */
const keepKnown: FieldPolicy = { merge: (known, next) => next ?? known ?? null };

/** Adds a page to its side of the list. A request without a cursor replaces the list. */
const pagesOf = (...keyArgs: string[]): FieldPolicy => ({
  keyArgs,
  merge(known, next, { args }) {
    if (known && args?.after) return { ...next, nodes: [...known.nodes, ...next.nodes] };
    if (known && args?.before) return { ...next, nodes: [...next.nodes, ...known.nodes] };
    return next;
  },
});

/** The types of the interfaces and unions on which fragments are defined. */
export const possibleTypes = {
  Node: [
    ...['Account', 'Session', 'Workspace', 'Member', 'Invite', 'Channel', 'Message', 'Thread'],
    ...['Notification', 'ReadState', 'File', 'Upload', 'Emoji', 'SavedSearch'],
  ],
};

export function createCache(): InMemoryCache {
  return new InMemoryCache({
    possibleTypes,
    typePolicies: {
      // Only the latest search response is cached.
      Query: { fields: { search: { keyArgs: false, merge: false } } },
      // One boot per workspace. Live events update its channel list.
      Boot: { keyFields: ['workspace', ['id']], fields: { channels: { merge: false } } },
      Server: { keyFields: [] },
      Viewer: {
        keyFields: [],
        fields: { workspaces: { merge: false }, sessions: { merge: false } },
      },
      Workspace: {
        fields: {
          savedSearches: { merge: false },
          emoji: { merge: false },
          channels: pagesOf('search', 'isArchived'),
          notifications: pagesOf(),
        },
      },
      Channel: {
        fields: {
          directMembers: { merge: false },
          members: { keyArgs: false, merge: false },
          messages: { keyArgs: false, merge: false },
          files: pagesOf('kind'),
        },
      },
      Message: {
        fields: {
          reactions: { merge: false },
          mentionedIds: { merge: false },
          files: { merge: false },
        },
      },
      File: {
        fields: {
          status: { merge: (known, next) => (known === 'READY' ? known : next) },
          removedAt: keepKnown,
          width: keepKnown,
          height: keepKnown,
          durationMs: keepKnown,
          thumbhash: keepKnown,
          waveform: keepKnown,
          previews: { merge: (known, next) => (next.length === 0 ? (known ?? next) : next) },
        },
      },
      Thread: {
        fields: { participants: { merge: false }, replies: { keyArgs: false, merge: false } },
      },
    },
  });
}
