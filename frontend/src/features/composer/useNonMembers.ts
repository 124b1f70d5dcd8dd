/** Mentioned members who are not in the channel and are not notified. */
import { useQuery } from '@apollo/client/react';
import { useEffect, useMemo, useState } from 'react';
import { graphql } from '../../gql';
import { useMe, useWorkspace } from '../workspace/workspaceContext';

const MEMBERS_AMONG = graphql(`
  query MembersAmong($workspaceId: ID!, $channelId: ID!, $ids: [ID!]!) {
    channel(id: $channelId) {
      id
      membersAmong(ids: $ids) {
        id
      }
    }
    members(workspaceId: $workspaceId, ids: $ids) {
      ...Member
    }
  }
`);

/** Debounce in milliseconds. */
const debounceMs = 300;

/** Maximum number of mentions per message. */
const maxMentions = 50;

export function useNonMembers(channelId: string, mentioned: readonly string[]) {
  const { id: workspaceId } = useWorkspace();
  const me = useMe();
  const wanted = [...new Set(mentioned)].filter((id) => id !== me.id).slice(0, maxMentions);
  const key = wanted.sort().join(' ');
  const [settled, setSettled] = useState(key);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(key), debounceMs);
    return () => clearTimeout(timer);
  }, [key]);
  const ids = useMemo(() => (settled === '' ? [] : settled.split(' ')), [settled]);
  const { data, refetch } = useQuery(MEMBERS_AMONG, {
    variables: { workspaceId, channelId, ids },
    skip: ids.length === 0 || key === '',
    fetchPolicy: 'cache-and-network',
  });
  const nonMembers = useMemo(() => {
    const memberIds = new Set(data?.channel.membersAmong.map(({ id }) => id));
    return (data?.members ?? []).filter(({ id, active }) => active && !memberIds.has(id));
  }, [data]);
  return { nonMembers: key === '' ? [] : nonMembers, refetch };
}
