/** Channels and people whose names match what has been typed so far. */
import { useQuery } from '@apollo/client/react';
import type { FoundMemberFragment } from '../../gql/graphql';
import type { Channel } from '../channel/channel';
import type { Member } from '../member/member';
import { useWorkspace } from '../workspace/workspaceContext';
import { SWITCHER } from './search';

export type Named = { kind: 'channel'; channel: Channel } | { kind: 'member'; member: Member };

/** The longest part of a name that the server looks for. */
const longestText = 64;

export interface Names {
  /** The best first; null until the first answer, and while the server cannot be asked. */
  names: readonly Named[] | null;
  loading: boolean;
}

/** What was found before stays until the next answer comes, as far as it still fits. */
export function useNames(text: string | null, first: number): Names {
  const { id: workspaceId } = useWorkspace();
  const word = text?.trim().slice(0, longestText) ?? '';
  const { data, previousData, error, loading } = useQuery(SWITCHER, {
    variables: { workspaceId, text: word, first },
    skip: word === '',
    fetchPolicy: 'network-only',
  });
  if (word === '') return { names: null, loading: false };
  if (data) return { names: data.switcher.map(namedOf), loading };
  if (error || !previousData) return { names: null, loading };
  const before = previousData.switcher.map(namedOf);
  return { names: before.filter((named) => fits(named, word)), loading };
}

type Found = Channel | FoundMemberFragment | { __typename: 'Message' | 'File' };

function namedOf(found: Found): Named {
  if (found.__typename === 'Channel') return { kind: 'channel', channel: found };
  if (found.__typename === 'Member') return { kind: 'member', member: memberOf(found) };
  throw new Error('only channels and people were asked for');
}

export function memberOf({ memberName, ...member }: FoundMemberFragment): Member {
  return { ...member, name: memberName };
}

function fits(named: Named, word: string): boolean {
  const names =
    named.kind === 'channel' ? [named.channel.name] : [named.member.name, named.member.handle];
  return names.some((name) => name?.toLowerCase().includes(word.toLowerCase()));
}
