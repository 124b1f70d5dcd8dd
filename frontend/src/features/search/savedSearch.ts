/** Saved searches: listing, saving and deleting. */
import { useMutation, useQuery } from '@apollo/client/react';
import { useCallback } from 'react';
import { type Failure, failureOf } from '../../apollo/failure';
import { mintId } from '../../apollo/id';
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
  /** Resolves to true on success. */
  save(name: string, query: string): Promise<boolean>;
  remove(savedSearchId: string): Promise<void>;
  failure: Failure | undefined;
  saving: boolean;
}

export function useSavedSearches(): SavedSearches {
  const { id: workspaceId } = useWorkspace();
  const variables = { workspaceId };
  const { data } = useQuery(SAVED_SEARCHES, { variables, fetchPolicy: 'cache-and-network' });
  const [create, creating] = useMutation(CREATE_SAVED_SEARCH);
  const [remove, removing] = useMutation(DELETE_SAVED_SEARCH);

  const change = useCallback(
    (to: (list: readonly SavedSearch[]) => SavedSearch[]) =>
      creating.client.cache.updateQuery(
        { query: SAVED_SEARCHES, variables: { workspaceId } },
        (shown) =>
          shown && {
            ...shown,
            workspace: { ...shown.workspace, savedSearches: to(shown.workspace.savedSearches) },
          },
      ),
    [creating.client, workspaceId],
  );

  const error = creating.error ?? removing.error;
  return {
    list: data?.workspace.savedSearches ?? [],
    async save(name, query) {
      const input = { workspaceId, id: mintId('sav'), name, query: query.trim() };
      const response = await create({ variables: { input } }).catch(() => ({ data: undefined }));
      const saved = response.data?.createSavedSearch.savedSearch;
      if (saved) change((list) => [...list.filter(({ id }) => id !== saved.id), saved]);
      return saved !== undefined;
    },
    async remove(savedSearchId) {
      const input = { workspaceId, savedSearchId };
      const response = await remove({ variables: { input } }).catch(() => ({ data: undefined }));
      if (response.data) change((list) => list.filter(({ id }) => id !== savedSearchId));
    },
    failure: error && failureOf(error),
    saving: creating.loading,
  };
}
