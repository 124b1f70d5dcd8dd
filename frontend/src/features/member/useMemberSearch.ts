/** People of the workspace whose name or handle matches, the best first, a moment after typing. */
import { useQuery } from '@apollo/client/react';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { graphql } from '../../gql';
import type { MemberSearchQuery } from '../../gql/graphql';
import { useWorkspace } from '../workspace/workspaceContext';
import { bestMatches } from './bestMatches';
import type { Member } from './member';
import { recentContacts } from './recentContacts';

/** By a part of a name, by what is nearly a name, and who is called exactly so however many others are found. */
export const MEMBER_SEARCH = graphql(`
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

const settle = 120;

/** The longest part of a name that the server looks for. */
const longestText = 64;

/** How many are asked for, of whom the best are shown. */
const mostCandidates = 50;

export function useMemberSearch(
  workspaceId: string,
  word: string | null,
  first = mostCandidates,
): { members: readonly Member[]; loading: boolean; refetch(): void } {
  const { me, channels } = useWorkspace();
  const [search, setSearch] = useState(word);
  useEffect(() => {
    const timer = setTimeout(() => setSearch(word), settle);
    return () => clearTimeout(timer);
  }, [word]);
  const typed = [...(search ?? '')].slice(0, longestText).join('');
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
  const answer = data ?? previousData;
  const isOld = loading || search !== word;
  const members = useMemo(() => {
    const found = foundIn(answer);
    if (word === '' || found.length === 0) return found;
    const named = bestMatches(found, word ?? '', recentContacts(channels, me.id));
    // The answer to what was typed before holds others as well. The server finds by more than a name.
    return isOld ? named : [...named, ...found.filter((one) => !named.includes(one))];
  }, [answer, word, channels, me, isOld]);
  const again = useCallback(() => {
    refetch().catch(() => {});
  }, [refetch]);
  return { members, loading: isOld, refetch: again };
}

function foundIn(answer: MemberSearchQuery | undefined): Member[] {
  if (!answer) return [];
  const near = answer.switcher.flatMap((found): Member[] => {
    if (found.__typename !== 'Member') return [];
    const { memberName: name, ...member } = found;
    return [{ ...member, name }];
  });
  const all = [...answer.members, ...answer.workspace.members.nodes, ...near];
  const byId = new Map(all.reverse().map((member) => [member.id, member]));
  return [...byId.values()].reverse().filter(({ active }) => active);
}
