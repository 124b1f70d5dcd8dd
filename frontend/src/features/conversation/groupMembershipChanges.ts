/** Groups consecutive joins and leaves: "Bo and Cy joined", "Ann added Di". Pure. */
import type { MembershipChange } from '../message/timelines';

export interface MembershipGroup {
  /** Sequence number of the first one. */
  seq: number;
  kind: MembershipChange['kind'];
  memberIds: string[];
  /** The member who added or removed them. Null if they joined or left themselves. */
  actorId: string | null;
}

export function groupMembershipChanges(
  membershipChanges: readonly MembershipChange[],
): MembershipGroup[] {
  const groups: MembershipGroup[] = [];
  for (const { seq, kind, memberId, actorId: actor } of membershipChanges) {
    const actorId = actor === memberId ? null : actor;
    const last = groups.at(-1);
    if (last?.kind === kind && last.actorId === actorId) {
      // Names each member once.
      if (!last.memberIds.includes(memberId)) last.memberIds.push(memberId);
    } else {
      groups.push({ seq, kind, memberIds: [memberId], actorId });
    }
  }
  return groups;
}
