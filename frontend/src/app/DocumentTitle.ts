/** The document title: the workspace name and the badge count. */
import { useEffect } from 'react';
import { isArchived } from '../features/channel/channel';
import { formatCount } from '../features/read_state/formatCount';
import type { Boot } from '../features/workspace/boot';
import { useBoot } from '../features/workspace/workspaceContext';
import { m } from '../paraglide/messages';

/** Number of unread mentions and direct messages, except in archived channels. */
function badgeCount({ channels }: Pick<Boot, 'channels'>): number {
  return channels.reduce((sum, channel) => {
    const { kind, readState } = channel;
    if (!readState || isArchived(channel)) return sum;
    return sum + (kind === 'DIRECT' ? readState.unreadCount : readState.mentionCount);
  }, 0);
}

/** Sets the document title, such as `(3) Acme · Confab`. A component of its own, because it changes often. */
export function DocumentTitle(): null {
  const count = useBoot(badgeCount);
  const name = useBoot(({ workspace }) => workspace.name);
  useEffect(() => {
    const title = name ? m.app_document_title({ name }) : 'Confab';
    document.title = count > 0 ? `(${formatCount(count)}) ${title}` : title;
    return () => {
      document.title = 'Confab';
    };
  }, [count, name]);
  return null;
}
