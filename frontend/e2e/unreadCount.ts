/** Unread counts according to the server. */
import type { Page } from 'playwright-core';
import { execute } from './graphql';

/** The page user's unread messages in a channel. Defaults to the open channel. */
export async function unreadCount(page: Page, channelId?: string): Promise<number> {
  const [, shown] = /\/c\/([^/?]+)/.exec(page.url()) ?? [];
  const { channel } = await execute<{ channel: { readState: { unreadCount: number } } }>(
    page,
    `query ($id: ID!) {
      channel(id: $id) { readState { unreadCount } }
    }`,
    { id: channelId ?? shown },
  );
  return channel.readState.unreadCount;
}
