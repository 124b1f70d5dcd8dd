/** Test fixture: members. */
import type { Member } from './member';

/** A valid member ID that ends with a letter or digit. */
export const memberId = (end: string) =>
  `mem_01h455vb4pex5vsknk084sn02q01h4000000e00800000000000${end}`;

/** Named by the ID unless given otherwise. */
export function memberWith(given: Partial<Member> & { id: string }): Member {
  return {
    __typename: 'Member',
    handle: given.id.slice(4),
    name: given.id,
    role: 'MEMBER',
    active: true,
    joinedAt: '2026-01-01T00:00:00.000Z',
    avatarUrl: null,
    ...given,
  };
}
