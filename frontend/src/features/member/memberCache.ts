/** What the cache knows of members, as events change it. */
import type { ApolloCache } from '@apollo/client';
import type { MemberFragment } from '../../gql/graphql';
import { MEMBER, type Member } from './member';

/** Changes what the cache knows of a member. Part of one is kept only if the rest is known. */
export function writeMember(
  cache: ApolloCache,
  member: { id: string } & Partial<Omit<MemberFragment, '__typename'>>,
): void {
  const id = `Member:${member.id}`;
  const fields: Record<string, () => unknown> = {};
  for (const [name, value] of Object.entries(member)) fields[name] = () => value;
  if (cache.modify({ id, fields })) return;
  if (isWhole(member)) {
    const data = { ...member, __typename: 'Member' as const };
    cache.writeFragment({ id, fragment: MEMBER, fragmentName: 'Member', data });
  }
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
