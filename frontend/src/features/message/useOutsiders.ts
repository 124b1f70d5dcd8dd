/** Who of those that a text mentions is not in its channel, and so is not notified. */
import { useQuery } from '@apollo/client/react';
import { useEffect, useMemo, useState } from 'react';
import { graphql } from '../../gql';
import { useWorkspace } from '../workspace/workspaceContext';

const MEMBERS_AMONG = graphql(`
  query MembersAmong($workspaceId: ID!, $channelId: ID!, $ids: [ID!]!) {
    channel(workspaceId: $workspaceId, id: $channelId) {
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

/** It is asked when nothing was written for so long. */
const settle = 300;

/** As many as a message can mention. */
const mostAsked = 50;

export function useOutsiders(channelId: string | undefined, mentioned: readonly string[]) {
  const { id: workspaceId, me } = useWorkspace();
  const wanted = [...new Set(mentioned)].filter((id) => id !== me.id).slice(0, mostAsked);
  const key = wanted.sort().join(' ');
  const [settled, setSettled] = useState(key);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(key), settle);
    return () => clearTimeout(timer);
  }, [key]);
  const ids = useMemo(() => (settled === '' ? [] : settled.split(' ')), [settled]);
  const { data, refetch } = useQuery(MEMBERS_AMONG, {
    variables: { workspaceId, channelId: channelId ?? '', ids },
    skip: channelId === undefined || ids.length === 0 || key === '',
    fetchPolicy: 'cache-and-network',
  });
  const outsiders = useMemo(() => {
    const inside = new Set(data?.channel.membersAmong.map(({ id }) => id));
    return (data?.members ?? []).filter(({ id, active }) => active && !inside.has(id));
  }, [data]);
  return { outsiders: key === '' ? [] : outsiders, refetch };
}
