/**
 * The cache holds *what* things are, by id: messages, members, channels, readings. *Which* messages
 * a view shows, and in what order, is kept beside it in `features/message/timeline.ts`: windows with
 * gaps between them are awkward as a field policy and simple as a list.
 */
import { type FieldPolicy, InMemoryCache } from '@apollo/client';

/** What was found in the bytes of a file stays: an answer may be older than an event. */
const kept: FieldPolicy = { merge: (known, next) => next ?? known ?? null };

export function createCache(): InMemoryCache {
  return new InMemoryCache({
    possibleTypes: { Node: ['Workspace', 'Member', 'Channel', 'Message', 'File'] },
    typePolicies: {
      // Of all that is searched for while one types, only the last answer stays.
      Query: { fields: { search: { keyArgs: false, merge: false } } },
      // One boot per workspace; live events change its list of channels.
      Boot: { keyFields: ['workspace', ['id']], fields: { channels: { merge: false } } },
      Server: { keyFields: [] },
      Viewer: {
        keyFields: [],
        fields: { workspaces: { merge: false }, signIns: { merge: false } },
      },
      Workspace: {
        fields: {
          savedSearches: { merge: false },
          emoji: { merge: false },
          fileLimits: { merge: false },
        },
      },
      Channel: {
        fields: {
          reading: { merge: false },
          directMembers: { merge: false },
          members: { keyArgs: false, merge: false },
          messages: { keyArgs: false, merge: false },
          // Pages that follow one another; without a cursor the list begins anew.
          files: {
            keyArgs: ['kind'],
            merge: (known, next, { args }) =>
              known && args?.after ? { ...next, nodes: [...known.nodes, ...next.nodes] } : next,
          },
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
          removedAt: kept,
          width: kept,
          height: kept,
          durationMs: kept,
          thumbhash: kept,
          waveform: kept,
          previews: { merge: (known, next) => (next.length === 0 ? (known ?? next) : next) },
        },
      },
      Thread: {
        fields: { participants: { merge: false }, replies: { keyArgs: false, merge: false } },
      },
    },
  });
}
