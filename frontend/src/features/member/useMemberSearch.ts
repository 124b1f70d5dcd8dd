/** People of the workspace whose name or handle matches, from the server, a moment after typing. */
import { useQuery } from '@apollo/client/react';
import { useEffect, useState } from 'react';
import { graphql } from '../../gql';
import type { Member } from './member';

export const MEMBER_SEARCH = graphql(`
  query MemberSearch($workspaceId: ID!, $search: String, $first: Int!) {
    workspace(id: $workspaceId) {
      id
      members(first: $first, search: $search) {
        nodes {
          ...Member
        }
      }
    }
  }
`);

const settle = 120;

export function useMemberSearch(
  workspaceId: string,
  word: string | null,
  first = 20,
): { members: readonly Member[]; loading: boolean } {
  const [search, setSearch] = useState(word);
  useEffect(() => {
    const timer = setTimeout(() => setSearch(word), settle);
    return () => clearTimeout(timer);
  }, [word]);
  const { data, previousData, loading } = useQuery(MEMBER_SEARCH, {
    variables: { workspaceId, search: search || null, first },
    skip: search === null || word === null,
    fetchPolicy: 'cache-and-network',
  });
  const found = (data ?? previousData)?.workspace.members.nodes ?? [];
  return { members: found.filter((member) => member.active), loading: loading || search !== word };
}
