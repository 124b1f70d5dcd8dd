/** Channels and members whose names match the typed text. */
import { useQuery } from '@apollo/client/react';
import type { FoundMemberFragment } from '../../gql/graphql';
import type { Channel } from '../channel/channel';
import type { Member } from '../member/member';
import { useWorkspace } from '../workspace/workspaceContext';
import { SWITCHER } from './search';

export type Named = { kind: 'channel'; channel: Channel } | { kind: 'member'; member: Member };

/** Maximum length of a search text, in characters. */
const maxTextLength = 64;

export interface Names {
  /** Best match first. Null until the first response, and while the server is unreachable. */
  names: readonly Named[] | null;
  loading: boolean;
}

/** Keeps matching previous results until the next response. */
export function useNames(text: string | null, first: number): Names {
  const { id: workspaceId } = useWorkspace();
  const word = text?.trim().slice(0, maxTextLength) ?? '';
  const { data, previousData, error, loading } = useQuery(SWITCHER, {
    variables: { workspaceId, text: word, first },
    skip: word === '',
    fetchPolicy: 'network-only',
  });
  if (word === '') return { names: null, loading: false };
  if (data) return { names: data.switcher.map(namedOf), loading };
  if (error || !previousData) return { names: null, loading };
  const before = previousData.switcher.map(namedOf);
  return { names: before.filter((named) => matchesName(named, word)), loading };
}

type Found = Channel | FoundMemberFragment | { __typename: 'Message' | 'File' };

function namedOf(found: Found): Named {
  if (found.__typename === 'Channel') return { kind: 'channel', channel: found };
  if (found.__typename === 'Member') return { kind: 'member', member: memberOf(found) };
  throw new Error('expected a channel or a member');
}

export function memberOf({ memberName, ...member }: FoundMemberFragment): Member {
  return { ...member, name: memberName };
}

function matchesName(named: Named, word: string): boolean {
  const names =
    named.kind === 'channel' ? [named.channel.name] : [named.member.name, named.member.handle];
  return names.some((name) => name?.toLowerCase().includes(word.toLowerCase()));
}
