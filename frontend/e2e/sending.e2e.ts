/** A sent message appears at once at any scroll position, and unreachable mentions are reported. */
import { beforeAll, expect, it } from 'vitest';
import { describeEndToEnd, effect } from './fixture';
import { execute, executeAll } from './graphql';
import { unlimited } from './server';
import { createWorkspace, invite, join, openGeneral } from './setup';
import { TestUser } from './testUser';

const device = { viewport: { width: 1280, height: 500 } };
const [ann, ben] = [new TestUser('Ann', device), new TestUser('Ben', device)];

describeEndToEnd('sending', { users: [ann, ben], settings: unlimited }, () => {
  beforeAll(() => createWorkspace(ann));

  const workspaceId = () => /\/w\/([^/]+)/.exec(ann.page.url())?.[1] ?? '';

  it('shows who joined and notifies the inviter', async () => {
    const link = await invite(ann);
    await openGeneral(ann);
    await join(ben, link);
    await ann.feed().getByText('Ben joined').waitFor();
    const people = ann.page.getByRole('link', { name: 'People 1 new' });
    await people.click();
    await ann.page.getByRole('main').getByText('@ben').waitFor();
    await ann.page.getByRole('link', { name: 'People', exact: true }).waitFor();
  });

  it('shows an offline message at once, below unread ones', async () => {
    const { page } = ben;
    await openGeneral(ann);
    const channelId = /\/c\/([^/?]+)/.exec(ann.page.url())?.[1] ?? '';
    await page.getByRole('link', { name: 'People' }).click();
    await page.getByRole('heading', { name: 'People' }).waitFor();
    await executeAll(
      ann.page,
      `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { seq } }`,
      Array.from({ length: 150 }, (_, at) => ({
        input: { channelId, text: `Message ${at}.` },
      })),
    );
    // Live messages are dropped, so that only the page around the first unread one is loaded.
    await page.reload();
    await page.getByRole('link', { name: /^general/ }).click();
    await ben.message('Message 0.').waitFor();
    expect(await ben.message('Message 149.').count()).toBe(0);

    ben.isServerDown = true;
    await page.context().setOffline(true);
    await ben.write('Written on the train');
    await ben.message('Written on the train').getByText('Not sent yet').waitFor();
    expect(await isOnScreen('Written on the train')).toBe(true);
    await ben.feed().getByText("Newer messages aren't loaded yet").waitFor();
    await page.context().setOffline(false);
    await ben.expectMessage('Message 149.');
    await expect.poll(() => page.getByText('Not sent yet').count(), effect).toBe(0);
    await ben.expectMessage('Written on the train');
    expect(await isOnScreen('Written on the train')).toBe(true);
    await ann.expectMessage('Written on the train');
    ben.isServerDown = false;
  });

  function isOnScreen(text: string): Promise<boolean> {
    return ben.message(text).evaluate((row) => {
      const { top, bottom } = row.getBoundingClientRect();
      return top >= 0 && bottom <= innerHeight;
    });
  }

  it('keeps the actions of the topmost message visible', async () => {
    const { page } = ben;
    const feed = ben.feed();
    await page.mouse.move(640, 250);
    await page.mouse.wheel(0, -700);
    const room = await feed.boundingBox();
    if (!room) throw new Error('the list is not on the page');
    // A row that starts above the edge, or at it.
    await page.mouse.move(room.x + 300, room.y + 8);
    const toolbar = feed.getByRole('article').filter({ has: page.locator(':hover') });
    const actions = toolbar.getByRole('toolbar', { name: 'Message actions' });
    await expect
      .poll(async () => (await actions.boundingBox())?.y ?? 0, effect)
      .toBeGreaterThanOrEqual(room.y);
    await actions.getByRole('button', { name: 'React with 👍' }).click();
    await toolbar.getByRole('button', { name: '👍, 1 reaction' }).waitFor();
  });

  it('reports mentioned non-members and adds them', async () => {
    const { page } = ann;
    const { createChannel } = await execute<{ createChannel: { channel: { id: string } } }>(
      page,
      `mutation ($input: CreateChannelInput!) { createChannel(input: $input) { channel { id } } }`,
      { input: { workspaceId: workspaceId(), name: 'plans', kind: 'PRIVATE' } },
    );
    await page.goto(`/w/${workspaceId()}/c/${createChannel.channel.id}`);
    await ann.write('What do you think, @ben?');
    await ann.expectMessage('What do you think, @ben?');
    await page.getByText("Ben is not in this channel and won't be notified.").waitFor();
    await page.getByRole('button', { name: 'Add Ben' }).click();
    await ben.page.getByRole('link', { name: /^plans/ }).waitFor();
    await ann.feed().getByText('You added Ben').waitFor();
    await expect.poll(() => page.getByText('Ben is not in this channel').count(), effect).toBe(0);
  });
});
