/** Unread counts according to the server. */
import type { Page } from 'playwright-core';
import { execute } from './graphql';

/** The page user's unread messages in a channel. Defaults to the open channel. */
export async function unreadCount(page: Page, channelId?: string): Promise<number> {
  const [, workspaceId, shown] = /\/w\/([^/]+)(?:\/c\/([^/?]+))?/.exec(page.url()) ?? [];
  const { channel } = await execute<{ channel: { readState: { unreadCount: number } } }>(
    page,
    `query ($workspaceId: ID!, $id: ID!) {
      channel(workspaceId: $workspaceId, id: $id) { readState { unreadCount } }
    }`,
    { workspaceId, id: channelId ?? shown },
  );
  return channel.readState.unreadCount;
}
