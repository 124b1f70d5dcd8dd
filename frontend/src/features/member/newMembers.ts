/**
 * Number of members who joined since the People page was last open on this device. Shown to owners and
 * admins, who invite members.
 */
import { useEffect, useSyncExternalStore } from 'react';
import { useWorkspace } from '../workspace/workspaceContext';

const listeners = new Set<() => void>();

function keyOf(workspaceId: string): string {
  return `confab.memberCount.${workspaceId}`;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function readSeen(workspaceId: string): number | null {
  const stored = localStorage.getItem(keyOf(workspaceId));
  return stored === null ? null : Number(stored);
}

function writeSeen(workspaceId: string, count: number): void {
  if (readSeen(workspaceId) === count) return;
  localStorage.setItem(keyOf(workspaceId), String(count));
  for (const listener of listeners) listener();
}

/** Returns 0 on the first visit on this device. */
export function useNewMemberCount(): number {
  const { id, memberCount, me } = useWorkspace();
  const seen = useSyncExternalStore(subscribe, () => readSeen(id));
  useEffect(() => {
    if (seen === null || memberCount < seen) writeSeen(id, memberCount);
  }, [id, seen, memberCount]);
  return seen === null || me.role === 'MEMBER' ? 0 : Math.max(0, memberCount - seen);
}

/** Marks all members as seen while mounted. */
export function useMarkMembersSeen(): void {
  const { id, memberCount } = useWorkspace();
  useEffect(() => writeSeen(id, memberCount), [id, memberCount]);
}
