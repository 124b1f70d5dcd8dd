/** The title of the tab: the workspace, and how much waits there. */
import { useEffect } from 'react';
import { countInWords } from '../features/reading/countInWords';
import type { OpenWorkspace } from '../features/workspace/workspaceContext';

/** How many things wait for the viewer: mentions and direct messages. */
export function badgeCount(workspace: Pick<OpenWorkspace, 'channels'>): number {
  return workspace.channels.reduce((sum, { kind, reading }) => {
    if (!reading) return sum;
    return sum + (kind === 'DIRECT' ? reading.unreadCount : reading.mentionCount);
  }, 0);
}

/** `(3) Confab` in the title of the tab. */
export function useTitle(workspace: OpenWorkspace | null): void {
  const count = workspace ? badgeCount(workspace) : 0;
  const name = workspace?.name;
  useEffect(() => {
    const title = name ? `${name} · Confab` : 'Confab';
    document.title = count > 0 ? `(${countInWords(count)}) ${title}` : title;
    return () => {
      document.title = 'Confab';
    };
  }, [count, name]);
}
