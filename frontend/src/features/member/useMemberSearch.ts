/** Searches members by name or handle, best match first. Debounced. */
import { useQuery } from '@apollo/client/react';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { graphql } from '../../gql';
import type { MemberSearchQuery } from '../../gql/graphql';
import { firstCharacters } from '../../ui/characters';
import { useMe, useWorkspace } from '../workspace/workspaceContext';
import { bestMatches } from './bestMatches';
import type { Member } from './member';
import { recentContacts } from './recentContacts';

/** Combines substring matches, fuzzy matches and the exact handle, which must not be crowded out. */
const MEMBER_SEARCH = graphql(`
  query MemberSearch($workspaceId: ID!, $search: String!, $handles: [String!]!, $first: Int!) {
    workspace(id: $workspaceId) {
      id
      members(first: $first, search: $search) {
        nodes {
          ...Member
        }
      }
    }
    switcher(workspaceId: $workspaceId, text: $search, first: $first) {
      ... on Member {
        ...FoundMember
      }
    }
    members(workspaceId: $workspaceId, ids: [], handles: $handles) {
      ...Member
    }
  }
`);

const debounceMs = 120;

/** Maximum length of a search text, in characters. */
const maxTextLength = 64;

/** Number of candidates requested for ranking. */
const maxCandidates = 50;

export function useMemberSearch(
  workspaceId: string,
  word: string | null,
  first = maxCandidates,
): { members: readonly Member[]; loading: boolean; refetch(): void } {
  const me = useMe();
  const { boot } = useWorkspace();
  const [search, setSearch] = useState(word);
  useEffect(() => {
    const timer = setTimeout(() => setSearch(word), debounceMs);
    return () => clearTimeout(timer);
  }, [word]);
  const typed = firstCharacters(search ?? '', maxTextLength);
  const { data, previousData, loading, refetch } = useQuery(MEMBER_SEARCH, {
    variables: {
      workspaceId,
      search: typed,
      handles: typed === '' ? [] : [typed],
      first,
    },
    skip: search === null || word === null,
    fetchPolicy: 'cache-and-network',
  });
  const response = data ?? previousData;
  const isStale = loading || search !== word;
  const members = useMemo(() => {
    const found = membersIn(response);
    if (word === '' || found.length === 0) return found;
    const named = bestMatches(found, word ?? '', recentContacts(boot.get().channels, me.id));
    // A previous response may contain other members. The current one also matches by more than the name.
    return isStale ? named : [...named, ...found.filter((one) => !named.includes(one))];
  }, [response, word, boot, me, isStale]);
  const refetchQuietly = useCallback(() => {
    refetch().catch(() => {});
  }, [refetch]);
  return { members, loading: isStale, refetch: refetchQuietly };
}

function membersIn(response: MemberSearchQuery | undefined): Member[] {
  if (!response) return [];
  const near = response.switcher.flatMap((found): Member[] => {
    if (found.__typename !== 'Member') return [];
    const { memberName: name, ...member } = found;
    return [{ ...member, name }];
  });
  const all = [...response.members, ...response.workspace.members.nodes, ...near];
  const byId = new Map(all.reverse().map((member) => [member.id, member]));
  return [...byId.values()].reverse().filter(({ active }) => active);
}
