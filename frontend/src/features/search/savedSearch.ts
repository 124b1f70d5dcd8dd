/** Saved searches: listing, saving and deleting. */
import { useApolloClient, useQuery } from '@apollo/client/react';
import { mintIdIn } from '../../apollo/id';
import { mutate } from '../../apollo/mutate';
import { type Action, useAction } from '../../apollo/useAction';
import { graphql } from '../../gql';
import type { SavedSearchFragment } from '../../gql/graphql';
import { useWorkspace } from '../workspace/workspaceContext';

export type SavedSearch = SavedSearchFragment;

/** Maximum length of a name, in characters. */
export const maxSavedSearchNameLength = 80;

export const SAVED_SEARCH = graphql(`
  fragment SavedSearch on SavedSearch {
    id
    name
    query
    createdAt
  }
`);

const SAVED_SEARCHES = graphql(`
  query SavedSearches($workspaceId: ID!) {
    workspace(id: $workspaceId) {
      id
      savedSearches {
        ...SavedSearch
      }
    }
  }
`);

const CREATE_SAVED_SEARCH = graphql(`
  mutation CreateSavedSearch($input: CreateSavedSearchInput!) {
    createSavedSearch(input: $input) {
      savedSearch {
        ...SavedSearch
      }
    }
  }
`);

const DELETE_SAVED_SEARCH = graphql(`
  mutation DeleteSavedSearch($input: DeleteSavedSearchInput!) {
    deleteSavedSearch(input: $input) {
      savedSearchId
    }
  }
`);

export interface SavedSearches {
  list: readonly SavedSearch[];
  save(name: string, query: string): Promise<void>;
  remove: Action<[savedSearchId: string], void>;
}

export function useSavedSearches(): SavedSearches {
  const client = useApolloClient();
  const { id: workspaceId } = useWorkspace();
  const variables = { workspaceId };
  const { data } = useQuery(SAVED_SEARCHES, { variables, fetchPolicy: 'cache-and-network' });

  const change = (to: (list: readonly SavedSearch[]) => SavedSearch[]) =>
    client.cache.updateQuery(
      { query: SAVED_SEARCHES, variables },
      (shown) =>
        shown && {
          ...shown,
          workspace: { ...shown.workspace, savedSearches: to(shown.workspace.savedSearches) },
        },
    );
  async function save(name: string, query: string) {
    const input = { workspaceId, id: mintIdIn(workspaceId, 'sav'), name, query: query.trim() };
    const { savedSearch } = (await mutate(client, CREATE_SAVED_SEARCH, input)).createSavedSearch;
    change((list) => [...list.filter(({ id }) => id !== savedSearch.id), savedSearch]);
  }
  const remove = useAction(async (savedSearchId: string) => {
    await mutate(client, DELETE_SAVED_SEARCH, { savedSearchId });
    change((list) => list.filter(({ id }) => id !== savedSearchId));
  });
  return { list: data?.workspace.savedSearches ?? [], save, remove };
}
