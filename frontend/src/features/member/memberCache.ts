/** Members in the cache, and their changes by events. */
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

/** Returns a number that changes whenever a member changes. */
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

/** Writes a member. A partial member is written only if the rest is cached. */
export function writeMember(
  cache: ApolloCache,
  member: { id: string } & Partial<Omit<MemberFragment, '__typename'>>,
): void {
  const id = `Member:${member.id}`;
  const fields: Record<string, () => unknown> = {};
  for (const [name, value] of Object.entries(member)) fields[name] = () => value;
  if (!cache.modify({ id, fields }) && isComplete(member)) {
    const data = { ...member, __typename: 'Member' as const };
    cache.writeFragment({ id, fragment: MEMBER, fragmentName: 'Member', data });
  }
  const revision = revisionOf(cache);
  revision.number += 1;
  for (const listener of revision.listeners) listener();
}

function isComplete(member: object): member is MemberFragment {
  return ['handle', 'name', 'role', 'active', 'joinedAt', 'avatarUrl'].every(
    (field) => field in member,
  );
}

/** Returns all cached members. */
export function cachedMembers(cache: ApolloCache): Member[] {
  const all = cache.extract() as Record<string, Member | undefined>;
  return Object.values(all).filter(
    (entity): entity is Member => entity?.__typename === 'Member' && 'handle' in entity,
  );
}
