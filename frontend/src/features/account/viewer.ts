/** The signed-in account and its workspaces. */
import { useApolloClient, useQuery } from '@apollo/client/react';
import { graphql } from '../../gql';
import type { ViewerQuery } from '../../gql/graphql';

export type Viewer = NonNullable<ViewerQuery['viewer']>;

export const VIEWER = graphql(`
  query Viewer {
    viewer {
      account {
        id
        email
        name
        isServerAdmin
        canCreateWorkspaces
      }
      workspaces {
        id
        name
        iconUrl
      }
    }
  }
`);

export const SERVER = graphql(`
  query Server {
    server {
      version
      needsFirstAccount
      registrationOpen
    }
  }
`);

/** `viewer` is null when signed out, undefined while loading. */
export function useViewer(): { viewer: Viewer | null | undefined; error: unknown } {
  const { data, error } = useQuery(VIEWER);
  return { viewer: data?.viewer ?? (data ? null : undefined), error };
}

/** Clears the cache after signing in, so that no data of a previous account remains, and reloads the viewer. */
export function useStartSession(): () => Promise<void> {
  const client = useApolloClient();
  const reload = useReloadViewer();
  return async () => {
    await client.clearStore();
    await reload();
  };
}

/** Reloads the viewer and the server status, after signing in or joining a workspace. */
export function useReloadViewer(): () => Promise<void> {
  const client = useApolloClient();
  return async () => {
    await Promise.all([
      client.query({ query: VIEWER, fetchPolicy: 'network-only' }),
      client.query({ query: SERVER, fetchPolicy: 'network-only' }),
    ]);
  };
}
