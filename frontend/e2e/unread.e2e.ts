/**
 * Many unread messages: the channel opens at the first one, and only messages that were on the screen
 * become read.
 */
import { beforeAll, expect, it } from 'vitest';
import { describeEndToEnd, effect } from './fixture';
import { execute, executeAll } from './graphql';
import { unlimited } from './server';
import { createSharedWorkspace } from './setup';
import { TestUser } from './testUser';
import { unreadCount } from './unreadCount';

/** A thousand messages, each synced before the next. */
const sendingTakes = { timeout: 400_000 };

const [ann, ben] = [new TestUser('Ann'), new TestUser('Ben')];

describeEndToEnd('unread messages', { users: [ann, ben], settings: unlimited }, () => {
  let workspaceId: string;

  beforeAll(async () => {
    await createSharedWorkspace(ann, ben);
    workspaceId = /\/w\/([^/]+)/.exec(ben.page.url())?.[1] ?? '';
    await ben.page.setViewportSize({ width: 1280, height: 500 });
  });

  /** Creates a channel with both users. */
  async function makeChannel(name: string): Promise<string> {
    const { createChannel } = await execute<{ createChannel: { channel: { id: string } } }>(
      ann.page,
      `mutation ($input: CreateChannelInput!) { createChannel(input: $input) { channel { id } } }`,
      { input: { workspaceId, name, kind: 'PUBLIC' } },
    );
    const channelId = createChannel.channel.id;
    await execute(
      ben.page,
      `mutation ($input: JoinChannelInput!) { joinChannel(input: $input) { channel { id } } }`,
      { input: { channelId } },
    );
    return channelId;
  }

  async function fill(channelId: string, from: number, to: number): Promise<void> {
    const inputs = Array.from({ length: to - from }, (_, i) => ({
      input: { channelId, text: `Message ${from + i}.` },
    }));
    await executeAll(
      ann.page,
      `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { seq } }`,
      inputs,
    );
  }

  const unread = (channelId: string) => unreadCount(ben.page, channelId);

  /** Number of unread messages fully on the screen, below the "New" line. */
  function onScreen(): Promise<number> {
    return ben.feed().evaluate((feed) => {
      const room = feed.getBoundingClientRect();
      return [...feed.querySelectorAll('[role=article], article')].filter((row) => {
        const { top, bottom } = row.getBoundingClientRect();
        return (
          top >= room.top - 4 && bottom <= room.bottom + 4 && /Message \d/.test(row.textContent)
        );
      }).length;
    });
  }

  const fromEnd = () =>
    ben.feed().evaluate((feed) => feed.scrollHeight - feed.scrollTop - feed.clientHeight);
  const line = () => ben.feed().getByText('New', { exact: true });
  const pill = () => ben.page.getByRole('button', { name: /new, jump to first unread$/ });

  it.each([
    [60, 'sixty'],
    [130, 'many'],
    [1000, 'more-than-are-counted'],
  ])('%i of them stay unread until they are seen', sendingTakes, async (count, name) => {
    const { page } = ben;
    const channelId = await makeChannel(name);
    // Read messages come first.
    await fill(channelId, -5, 0);
    await page.getByRole('link', { name: 'People' }).click();
    const inList = page.getByRole('navigation').getByRole('link', { name: new RegExp(`^${name}`) });
    await inList.click();
    await expect.poll(() => unread(channelId), effect).toBe(0);
    await page.getByRole('link', { name: 'People' }).click();
    await fill(channelId, 0, count);
    expect(await unread(channelId)).toBe(count);

    // From the sidebar, and by URL.
    for (const open of [() => inList.click(), () => page.reload()]) {
      const before = await unread(channelId);
      await open();
      await line().waitFor();
      const first = ben.message(`Message ${count - before}.`).first();
      await expect.poll(() => isOnScreen(first), effect).toBe(true);
      // Exactly the messages on the screen are read.
      await expect.poll(() => unread(channelId), effect).toBeLessThan(before);
      const seen = await onScreen();
      expect(seen).toBeGreaterThan(2);
      await expect.poll(() => unread(channelId), effect).toBe(before - seen);
    }

    await page.getByRole('button', { name: /^\d+\+? new$/ }).click();
    await ben
      .message(`Message ${count - 1}.`)
      .first()
      .waitFor();
    await pill().waitFor();
    const left = await unread(channelId);
    expect(left).toBeGreaterThan(0);
    expect(await pill().innerText()).toContain(`${left} new`);
    await pill().click();
    await expect.poll(() => isOnScreen(ben.message(`Message ${count - left}.`).first())).toBe(true);

    await page.getByRole('button', { name: /^\d+\+? new$/ }).click();
    await page.getByRole('button', { name: 'Mark as read' }).click();
    await expect.poll(() => unread(channelId), effect).toBe(0);
    expect(await pill().count()).toBe(0);
  });

  it('can be read page by page to the last', sendingTakes, async () => {
    const { page } = ben;
    const channelId = await makeChannel('long');
    await fill(channelId, -120, 0);
    const { channel } = await execute<{ channel: { messages: { nodes: { seq: number }[] } } }>(
      page,
      `query ($id: ID!) {
        channel(id: $id) { messages(last: 1) { nodes { seq } } }
      }`,
      { id: channelId },
    );
    const seq = channel.messages.nodes[0]?.seq;
    await execute(
      page,
      `mutation ($input: MarkReadInput!) { markRead(input: $input) { privateRev } }`,
      { input: { channelId, seq, epoch: 0 } },
    );
    await fill(channelId, 0, 170);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByRole('link', { name: /^long/ }).click();
    await line().waitFor();
    await expect.poll(() => isOnScreen(ben.message('Message 0.').first()), effect).toBe(true);
    await ben.feed().hover();
    // Scrolling down loads pages until the last message.
    const last = () => ben.message('Message 169.').count();
    const scrolled = async () => {
      await page.mouse.wheel(0, 500);
      return last();
    };
    await expect.poll(scrolled, effect).toBe(1);
    const toEnd = async () => {
      await page.mouse.wheel(0, 500);
      return fromEnd();
    };
    await expect.poll(toEnd, effect).toBeLessThan(2);
    await page.setViewportSize({ width: 1280, height: 500 });
  });

  it('stays at the end under load until the user scrolls up', async () => {
    const { page } = ben;
    const channelId = await makeChannel('busy');
    await page.getByRole('link', { name: /^busy/ }).click();
    await page.getByLabel('Message #busy').waitFor();
    const pour = (from: number) =>
      executeAll(
        ann.page,
        `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { seq } }`,
        Array.from({ length: 250 }, (_, i) => {
          const words = 'words and more words '.repeat(((from + i) * 7) % 23);
          return { input: { channelId, text: `Message ${from + i}. ${words}` } };
        }),
      );
    await pour(0);
    await ben.message('Message 249.').waitFor();
    await expect.poll(fromEnd, effect).toBeLessThan(2);

    const pouring = pour(250);
    const later = ben.feed().getByText(/^Message (2[6-9]|3\d|4\d)\d\./);
    await later.first().waitFor();
    await ben.feed().hover();
    await page.mouse.wheel(0, -400);
    await page.getByRole('button', { name: /new$|^Jump to latest$/ }).waitFor();
    await pouring;
    await execute(
      ann.page,
      `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { seq } }`,
      { input: { channelId, text: 'The last one' } },
    );
    // Later messages are below, and the view has not moved.
    await page.getByRole('button', { name: /^\d+\+? new$/ }).waitFor();
    expect(await fromEnd()).toBeGreaterThan(400);
    expect(await ben.message('The last one').count()).toBe(0);
    await page.getByRole('button', { name: /^\d+\+? new$/ }).click();
    await ben.expectMessage('The last one');
    await expect.poll(fromEnd, effect).toBeLessThan(2);
  });
});

function isOnScreen(message: ReturnType<TestUser['message']>): Promise<boolean> {
  return message.evaluate((element) => {
    const { top, bottom } = element.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  });
}
