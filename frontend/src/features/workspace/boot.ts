/** The boot query: everything needed to render a workspace, in one request. */
import type { ApolloCache } from '@apollo/client';
import { graphql } from '../../gql';
import type { BootQuery, BootQueryVariables } from '../../gql/graphql';
import { type ReadableStore, Store } from '../../ui/store';

export type Boot = BootQuery['boot'];
export type ViewerChannel = Boot['channels'][number];

export const BOOT = graphql(`
  query Boot($workspaceId: ID!) {
    boot(workspaceId: $workspaceId) {
      workspace {
        id
        name
        createdAt
        memberCount
        iconUrl
        channelMentions
        emoji {
          ...Emoji
        }
      }
      me {
        ...Member
      }
      channels {
        ...Channel
        ...ChannelReadState
      }
      seq
      privateRev
      unreadNotifications
    }
  }
`);

/**
 * Shows boot in the cache as a store, until aborted. Parts that a change did not touch stay the same objects.
 * The event stream keeps boot up to date, so it is never fetched here.
 */
export function watchBoot(
  cache: ApolloCache,
  workspaceId: string,
  loaded: Boot,
  stop: AbortSignal,
): ReadableStore<Boot> {
  const boot = new Store(loaded);
  const unwatch = cache.watch<BootQuery, BootQueryVariables>({
    query: BOOT,
    variables: { workspaceId },
    optimistic: true,
    immediate: true,
    callback: (diff) => {
      if (diff.complete) boot.set(diff.result.boot);
    },
  });
  stop.addEventListener('abort', unwatch);
  return boot;
}
