/** Moves that followed each other, as few sentences: "Bo and Cy joined", "Ann added Di". Pure. */
import type { Move } from './timelines';

export interface MovesOfOneKind {
  /** Of the first of them. */
  seq: number;
  kind: Move['kind'];
  memberIds: string[];
  /** Who added or removed them; null where each did it themselves. */
  actorId: string | null;
}

export function movesInGroups(moves: readonly Move[]): MovesOfOneKind[] {
  const groups: MovesOfOneKind[] = [];
  for (const { seq, kind, memberId, actorId: actor } of moves) {
    const actorId = actor === memberId ? null : actor;
    const last = groups.at(-1);
    if (last?.kind === kind && last.actorId === actorId) {
      // Who left and came again is named once.
      if (!last.memberIds.includes(memberId)) last.memberIds.push(memberId);
    } else {
      groups.push({ seq, kind, memberIds: [memberId], actorId });
    }
  }
  return groups;
}
