/** What the server says that somebody has not read. */
import type { Page } from 'playwright-core';
import { ask } from './ask';

/** How many messages of a channel whoever uses the page has not read; of the channel that it shows, if none is named. */
export async function unreadCount(page: Page, channelId?: string): Promise<number> {
  const [, workspaceId, shown] = /\/w\/([^/]+)(?:\/c\/([^/?]+))?/.exec(page.url()) ?? [];
  const { channel } = await ask<{ channel: { reading: { unreadCount: number } } }>(
    page,
    `query ($workspaceId: ID!, $id: ID!) {
      channel(workspaceId: $workspaceId, id: $id) { reading { unreadCount } }
    }`,
    { workspaceId, id: channelId ?? shown },
  );
  return channel.reading.unreadCount;
}
