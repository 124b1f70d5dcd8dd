/** What the cache knows of members, as events change it. */
import type { ApolloCache } from '@apollo/client';
import { useCallback, useSyncExternalStore } from 'react';
import type { MemberFragment } from '../../gql/graphql';
import { MEMBER, type Member } from './member';

interface Revision {
  number: number;
  listeners: Set<() => void>;
}

const revisions = new WeakMap<ApolloCache, Revision>();

function revisionOf(cache: ApolloCache): Revision {
  const known: Revision = revisions.get(cache) ?? { number: 0, listeners: new Set() };
  revisions.set(cache, known);
  return known;
}

/** A number that changes whenever somebody joins, leaves or is renamed. */
export function useMemberRevision(cache: ApolloCache): number {
  const subscribe = useCallback(
    (listener: () => void) => {
      const { listeners } = revisionOf(cache);
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    [cache],
  );
  return useSyncExternalStore(subscribe, () => revisionOf(cache).number);
}

/** Changes what the cache knows of a member. Part of one is kept only if the rest is known. */
export function writeMember(
  cache: ApolloCache,
  member: { id: string } & Partial<Omit<MemberFragment, '__typename'>>,
): void {
  const id = `Member:${member.id}`;
  const fields: Record<string, () => unknown> = {};
  for (const [name, value] of Object.entries(member)) fields[name] = () => value;
  if (!cache.modify({ id, fields }) && isWhole(member)) {
    const data = { ...member, __typename: 'Member' as const };
    cache.writeFragment({ id, fragment: MEMBER, fragmentName: 'Member', data });
  }
  const revision = revisionOf(cache);
  revision.number += 1;
  for (const listener of revision.listeners) listener();
}

function isWhole(member: object): member is MemberFragment {
  return ['handle', 'name', 'role', 'active', 'joinedAt', 'avatarUrl'].every(
    (field) => field in member,
  );
}

/** Everyone whom the cache has met so far. */
export function knownMembers(cache: ApolloCache): Member[] {
  const all = cache.extract() as Record<string, Member | undefined>;
  return Object.values(all).filter(
    (entity): entity is Member => entity?.__typename === 'Member' && 'handle' in entity,
  );
}
