/**
 * How many more people there are than when the list of people was open last on this device: those who
 * invite others are told that somebody has come, also after they were away.
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

/** Nobody is new to who opens the workspace here for the first time. */
export function useNewcomers(): number {
  const { id, memberCount, me } = useWorkspace();
  const seen = useSyncExternalStore(subscribe, () => readSeen(id));
  useEffect(() => {
    if (seen === null || memberCount < seen) writeSeen(id, memberCount);
  }, [id, seen, memberCount]);
  return seen === null || me.role === 'MEMBER' ? 0 : Math.max(0, memberCount - seen);
}

/** Whoever looks at the list of people has seen them all. */
export function useSeenPeople(): void {
  const { id, memberCount } = useWorkspace();
  useEffect(() => writeSeen(id, memberCount), [id, memberCount]);
}
