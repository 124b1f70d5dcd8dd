/** Members in the cache, and their changes by events. */
import type { ApolloCache } from '@apollo/client';
import type { MemberFragment } from '../../gql/graphql';
import { Store, useStore } from '../../ui/store';
import { MEMBER, type Member } from './member';

const revisions = new WeakMap<ApolloCache, Store<number>>();

function revisionOf(cache: ApolloCache): Store<number> {
  const revision = revisions.get(cache) ?? new Store(0);
  revisions.set(cache, revision);
  return revision;
}

/** Returns a number that changes whenever a member changes. */
export function useMemberRevision(cache: ApolloCache): number {
  return useStore(revisionOf(cache));
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
  revision.set(revision.get() + 1);
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
