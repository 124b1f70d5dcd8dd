/** The document title: the workspace name and the badge count. */
import { useEffect } from 'react';
import { formatCount } from '../features/read_state/formatCount';
import type { OpenWorkspace } from '../features/workspace/workspaceContext';

/** Number of unread mentions and direct messages. */
export function badgeCount(workspace: Pick<OpenWorkspace, 'channels'>): number {
  return workspace.channels.reduce((sum, { kind, readState }) => {
    if (!readState) return sum;
    return sum + (kind === 'DIRECT' ? readState.unreadCount : readState.mentionCount);
  }, 0);
}

/** Sets the document title, such as `(3) Acme · Confab`. */
export function useDocumentTitle(workspace: OpenWorkspace | null): void {
  const count = workspace ? badgeCount(workspace) : 0;
  const name = workspace?.name;
  useEffect(() => {
    const title = name ? `${name} · Confab` : 'Confab';
    document.title = count > 0 ? `(${formatCount(count)}) ${title}` : title;
    return () => {
      document.title = 'Confab';
    };
  }, [count, name]);
}
