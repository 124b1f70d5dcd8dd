/** Who is signed in on this device, and in which workspaces they are. */
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

/** `viewer` is null when nobody is signed in, undefined until that is known. */
export function useViewer(): { viewer: Viewer | null | undefined; error: unknown } {
  const { data, error } = useQuery(VIEWER);
  return { viewer: data?.viewer ?? (data ? null : undefined), error };
}

/** Begins as somebody else than before: nothing of what another account has seen is kept. */
export function useEnter(): () => Promise<void> {
  const client = useApolloClient();
  const reload = useReloadViewer();
  return async () => {
    await client.clearStore();
    await reload();
  };
}

/** Asks again who is signed in and where they are: after entering, and after joining a workspace. */
export function useReloadViewer(): () => Promise<void> {
  const client = useApolloClient();
  return async () => {
    await Promise.all([
      client.query({ query: VIEWER, fetchPolicy: 'network-only' }),
      client.query({ query: SERVER, fetchPolicy: 'network-only' }),
    ]);
  };
}
