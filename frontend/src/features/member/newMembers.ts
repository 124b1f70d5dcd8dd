/**
 * Number of members who joined since the People page was last open on this device. Shown to owners and
 * admins, who invite members.
 */
import { useEffect } from 'react';
import { useStored, writeStored } from '../../ui/deviceStorage';
import { useBoot, useMe, useWorkspace } from '../workspace/workspaceContext';

function keyOf(workspaceId: string): string {
  return `confab.memberCount.${workspaceId}`;
}

function writeSeen(workspaceId: string, count: number): void {
  writeStored(keyOf(workspaceId), String(count));
}

/** Returns 0 on the first visit on this device. */
export function useNewMemberCount(): number {
  const { id } = useWorkspace();
  const me = useMe();
  const memberCount = useBoot(({ workspace }) => workspace.memberCount);
  const stored = useStored(keyOf(id));
  const seen = stored === null ? null : Number(stored);
  useEffect(() => {
    if (seen === null || memberCount < seen) writeSeen(id, memberCount);
  }, [id, seen, memberCount]);
  return seen === null || me.role === 'MEMBER' ? 0 : Math.max(0, memberCount - seen);
}

/** Marks all members as seen while mounted. */
export function useMarkMembersSeen(): void {
  const { id } = useWorkspace();
  const memberCount = useBoot(({ workspace }) => workspace.memberCount);
  useEffect(() => writeSeen(id, memberCount), [id, memberCount]);
}
