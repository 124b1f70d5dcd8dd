/** Channels and people by a part of their name, as one types. */
import { useQuery } from '@apollo/client/react';
import type { FoundMemberFragment } from '../../gql/graphql';
import type { Channel } from '../channel/channel';
import type { Member } from '../member/member';
import { useWorkspace } from '../workspace/workspaceContext';
import { SWITCHER } from './search';

export type Named = { kind: 'channel'; channel: Channel } | { kind: 'member'; member: Member };

/** The longest part of a name that the server looks for. */
const longestText = 100;

/**
 * The best of them first; what was found before stays until the next answer comes. Null until the
 * first one has come, and while the server cannot be asked.
 */
export function useNames(text: string | null, first: number): readonly Named[] | null {
  const { id: workspaceId } = useWorkspace();
  const word = text?.trim().slice(0, longestText) ?? '';
  const { data, previousData, error } = useQuery(SWITCHER, {
    variables: { workspaceId, text: word, first },
    skip: word === '',
    fetchPolicy: 'network-only',
  });
  if (word === '' || error) return null;
  return (data ?? previousData)?.switcher.map(namedOf) ?? null;
}

type Found = Channel | FoundMemberFragment | { __typename: 'Message' };

function namedOf(found: Found): Named {
  if (found.__typename === 'Channel') return { kind: 'channel', channel: found };
  if (found.__typename === 'Member') return { kind: 'member', member: memberOf(found) };
  throw new Error('a message has no name');
}

export function memberOf({ memberName, ...member }: FoundMemberFragment): Member {
  return { ...member, name: memberName };
}
